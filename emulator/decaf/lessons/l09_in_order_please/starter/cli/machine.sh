# The coffee machine. You need not change this file.

# brew ORDER: whether the machine could make an order. It fails at order 2 until it is mended.
brew() {
    [ "$1" != 2 ] || [ "$MACHINE" = mended ]
}
