# The cashier takes orders, puts them into the queue `orders`, and goes home.
. ./shop.sh

orders=$(queue_url orders)
aws sqs send-message-batch --queue-url "$orders" --output text --entries \
    Id=a,MessageBody=1 Id=b,MessageBody=2 Id=c,MessageBody=3 Id=d,MessageBody=4 > /dev/null
echo "took orders 1 to 4"
