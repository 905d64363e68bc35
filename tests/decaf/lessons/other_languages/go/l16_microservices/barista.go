package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type order struct {
	Order int    `json:"order"`
	Drink string `json:"drink"`
}

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	check(err)
	client := sqs.NewFromConfig(settings)
	orders, made := urlOf(ctx, client, "orders"), urlOf(ctx, client, "made")
	for {
		received, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: orders, MaxNumberOfMessages: 10, WaitTimeSeconds: 5,
		})
		check(err)
		for _, message := range received.Messages {
			var wanted order
			check(json.Unmarshal([]byte(*message.Body), &wanted))
			body := fmt.Sprintf(`{"order": %d}`, wanted.Order)
			_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: made, MessageBody: aws.String(body)})
			check(err)
			_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
				QueueUrl: orders, ReceiptHandle: message.ReceiptHandle,
			})
			check(err)
		}
	}
}

func urlOf(ctx context.Context, client *sqs.Client, name string) *string {
	found, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
	check(err)
	return found.QueueUrl
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
