package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	check(err)
	client := sqs.NewFromConfig(settings)
	orders, made := urlOf(ctx, client, "orders.fifo"), urlOf(ctx, client, "made")
	for {
		received, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: orders, WaitTimeSeconds: 5})
		check(err)
		for _, message := range received.Messages {
			if !canMake(*message.Body) {
				continue
			}
			_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: made, MessageBody: message.Body})
			check(err)
			_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
				QueueUrl: orders, ReceiptHandle: message.ReceiptHandle,
			})
			check(err)
		}
	}
}

func canMake(body string) bool {
	var order struct{ Order int }
	check(json.Unmarshal([]byte(body), &order))
	return order.Order != 2 || os.Getenv("MACHINE") == "mended"
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
