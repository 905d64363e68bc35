# The editor publishes the news of this week to one topic, and says in attributes what each is about. A message is the
# number of the news.
#
#   1 coupon of 10 percent     2 trivia     3 update     4 coupon of 25 percent     5 trivia     6 coupon of 50 percent

. ./shop.sh

# publish KIND NEWS...: publishes news to the topic with that name.
publish() {
    topic=$(aws sns create-topic --name "$1" --query TopicArn --output text) # returns the topic that there is
    shift
    aws sns publish-batch --topic-arn "$topic" --publish-batch-request-entries "$@" > /dev/null
}

coupon="kind={DataType=String,StringValue=coupon}"
trivia="kind={DataType=String,StringValue=trivia}"
update="kind={DataType=String,StringValue=update}"
publish news \
    "Id=a,Message=1,MessageAttributes={$coupon,percent={DataType=Number,StringValue=10}}" \
    "Id=b,Message=2,MessageAttributes={$trivia}" \
    "Id=c,Message=3,MessageAttributes={$update}" \
    "Id=d,Message=4,MessageAttributes={$coupon,percent={DataType=Number,StringValue=25}}" \
    "Id=e,Message=5,MessageAttributes={$trivia}" \
    "Id=f,Message=6,MessageAttributes={$coupon,percent={DataType=Number,StringValue=50}}"
echo "published the news"
