package main

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	check(err)
	client := sns.NewFromConfig(settings)
	topic, err := client.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("news")})
	check(err)
	kinds := []string{"coupon", "trivia", "update", "coupon", "trivia", "coupon"}
	percents := map[int]string{1: "10", 4: "25", 6: "50"}
	for index, kind := range kinds {
		news := index + 1
		about := map[string]types.MessageAttributeValue{"kind": value("String", kind)}
		if percent, ok := percents[news]; ok {
			about["percent"] = value("Number", percent)
		}
		_, err = client.Publish(ctx, &sns.PublishInput{
			TopicArn:          topic.TopicArn,
			Message:           aws.String(fmt.Sprintf(`{"news": %d}`, news)),
			MessageAttributes: about,
		})
		check(err)
	}
}

func value(kind, text string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(text)}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
