# The cashier begins the day, takes orders, puts them into the queue `orders`, and goes home.
. ./shop.sh
. ./notebook.sh

clear_notebook
orders=$(queue_url orders)
for order in 1 2 3 4 5 6; do
    # When no answer comes, aws sends the order again.
    aws sqs send-message --queue-url "$orders" --message-body "$order" > /dev/null
    echo "took order $order"
done
