# The editor publishes the news of this week, each to the topic of its kind. A message is the number of the news.
#
#   1 coupon of 10 percent     2 trivia     3 update     4 coupon of 25 percent     5 trivia     6 coupon of 50 percent

. ./shop.sh

# publish KIND NEWS...: publishes news to the topic with that name.
publish() {
    topic=$(aws sns create-topic --name "$1" --query TopicArn --output text) # returns the topic that there is
    shift
    aws sns publish-batch --topic-arn "$topic" --publish-batch-request-entries "$@" > /dev/null
}

publish coupon Id=a,Message=1 Id=b,Message=4 Id=c,Message=6
publish trivia Id=a,Message=2 Id=b,Message=5
publish update Id=a,Message=3
echo "published the news"
