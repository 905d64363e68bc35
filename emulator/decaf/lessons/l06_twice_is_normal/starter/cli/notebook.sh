# The notebook on the counter: what is written in it is still there after a faint. You need not change this file.

notebook=notebook.txt

# clear_notebook: begins a new day, with an empty notebook.
clear_notebook() {
    rm -f "$notebook"
}

# knows WHAT: whether something is written in the notebook.
knows() {
    [ -f "$notebook" ] && grep -qxF -- "$1" "$notebook"
}

# remember WHAT: writes something into the notebook.
remember() {
    echo "$1" >> "$notebook"
}
