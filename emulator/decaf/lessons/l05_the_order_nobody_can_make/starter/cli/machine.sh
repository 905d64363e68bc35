# The coffee machine. You need not change this file.

# can_make ORDER: whether the machine can make an order. It cannot make order 13 until it is mended.
can_make() {
    [ "$1" != 13 ] || [ "$MACHINE" = mended ]
}
