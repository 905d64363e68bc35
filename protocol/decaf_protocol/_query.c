/* The native forms of `read_tree` of form.py and of `is_plain` of xml.py, which are the reference: the same results
   for every input. */

#define Py_LIMITED_API 0x030B0000 /* one build for every Python from 3.11 on */
#include <Python.h>
#include <string.h>

#define DEEPEST 8 /* parts of a name, as in form.py */

static int
digit(char c)
{
    if ('0' <= c && c <= '9') {
        return c - '0';
    }
    c |= 0x20; /* in lower case */
    return 'a' <= c && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns a part of a form, decoded; `space` has room for all of the form. */
static PyObject *
decoded(const char *at, const char *end, char *space)
{
    Py_ssize_t size = end - at;
    for (Py_ssize_t i = 0; i < size; i++) { /* without a branch, so that compilers use vectors */
        space[i] = at[i] == '+' ? ' ' : at[i];
    }
    at = memchr(space, '%', size);
    if (at == NULL) {
        return PyUnicode_DecodeUTF8(space, size, NULL);
    }
    char *to = space + (at - space);
    end = space + size;
    while (at < end) {
        char c = *at++;
        if (c == '%' && end - at >= 2 && digit(at[0]) >= 0 && digit(at[1]) >= 0) {
            c = (char)(digit(at[0]) << 4 | digit(at[1]));
            at += 2;
        }
        *to++ = c;
    }
    return PyUnicode_DecodeUTF8(space, to - space, NULL);
}

/* Adds a text to a form by the last part of its name, unless it has one already. Returns 0, or -1 with an exception. */
static int
add_text(PyObject *form, PyObject *name, PyObject *text)
{
    PyObject *there = PyDict_GetItemWithError(form, name);
    if (there != NULL && PyDict_CheckExact(there)) { /* names below it came before */
        PyObject *empty = PyUnicode_FromStringAndSize("", 0);
        int added = empty == NULL ? -1 : add_text(there, empty, text);
        Py_XDECREF(empty);
        return added;
    }
    if (there != NULL || PyErr_Occurred()) {
        return there == NULL ? -1 : 0;
    }
    return PyDict_SetItem(form, name, text);
}

/* Returns the form below a part of a name, made if there is none: a borrowed reference, or NULL with an exception. */
static PyObject *
below(PyObject *form, PyObject *part)
{
    PyObject *there = PyDict_GetItemWithError(form, part);
    if ((there != NULL && PyDict_CheckExact(there)) || PyErr_Occurred()) {
        return there;
    }
    PyObject *made = PyDict_New(), *empty = PyUnicode_FromStringAndSize("", 0);
    int bad = made == NULL || empty == NULL || (there != NULL && PyDict_SetItem(made, empty, there) < 0)
        || PyDict_SetItem(form, part, made) < 0;
    Py_XDECREF(made);
    Py_XDECREF(empty);
    return bad ? NULL : made;
}

/* Whether a name with dots can be a parameter's: none has more parts than DEEPEST, nor an empty one. */
static int
is_parameter(const char *at, const char *end)
{
    int parts = 1, empty = *at == '.' || end[-1] == '.';
    for (; (at = memchr(at, '.', end - at)) != NULL; at++) {
        parts++;
        empty |= at[1] == '.';
    }
    return parts <= DEEPEST && !empty;
}

/* Adds a text to the form by its name, `Tags.member.1.Key`. Returns 0, or -1 with an exception. */
static int
add(PyObject *form, PyObject *name, PyObject *text)
{
    Py_ssize_t size;
    const char *at = PyUnicode_AsUTF8AndSize(name, &size), *end = at + size, *dot;
    if (at == NULL) {
        return -1;
    }
    if (memchr(at, '.', size) == NULL) {
        return add_text(form, name, text);
    }
    if (!is_parameter(at, end)) {
        return 0;
    }
    while (form != NULL && (dot = memchr(at, '.', end - at)) != NULL) {
        PyObject *part = PyUnicode_FromStringAndSize(at, dot - at);
        form = part == NULL ? NULL : below(form, part);
        Py_XDECREF(part);
        at = dot + 1;
    }
    PyObject *last = form == NULL ? NULL : PyUnicode_FromStringAndSize(at, end - at);
    int added = last == NULL ? -1 : add_text(form, last, text);
    Py_XDECREF(last);
    return added;
}

/* Adds the field between `at` and `end` to the form. Returns 0, or -1 with an exception. */
static int
add_field(PyObject *form, const char *at, const char *end, char *space)
{
    const char *equals = memchr(at, '=', end - at);
    const char *stop = equals == NULL ? end : equals, *start = equals == NULL ? end : equals + 1;
    if (stop == at) {
        return 0;
    }
    PyObject *name = decoded(at, stop, space);
    PyObject *text = name == NULL ? NULL : decoded(start, end, space);
    int added = text == NULL ? -1 : add(form, name, text);
    Py_XDECREF(name);
    Py_XDECREF(text);
    return added;
}

/* tree(text: str, most: int) -> dict[str, str | dict] */
static PyObject *
tree(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Py_ssize_t size, most;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "tree(text: str, most: int)");
        return NULL;
    }
    const char *at = PyUnicode_AsUTF8AndSize(arguments[0], &size);
    if (at == NULL || ((most = PyLong_AsSsize_t(arguments[1])) == -1 && PyErr_Occurred())) {
        return NULL;
    }
    const char *end = at + size;
    for (const char *next = at; (next = memchr(next, '&', end - next)) != NULL; next++) {
        if (--most <= 0) {
            PyErr_SetString(PyExc_OverflowError, "too many fields");
            return NULL;
        }
    }
    char *space = PyMem_Malloc(size);
    PyObject *form = space == NULL ? PyErr_NoMemory() : PyDict_New();
    while (form != NULL) {
        const char *stop = memchr(at, '&', end - at);
        if (add_field(form, at, stop == NULL ? end : stop, space) < 0) {
            Py_CLEAR(form);
        }
        if (stop == NULL) {
            break;
        }
        at = stop + 1;
    }
    PyMem_Free(space);
    return form;
}

/* is_plain(text: str) -> bool */
static PyObject *
is_plain(PyObject *Py_UNUSED(module), PyObject *text)
{
    PyObject *bytes = PyUnicode_AsUTF8String(text); /* which text does not keep */
    if (bytes == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            return NULL;
        }
        PyErr_Clear();
        return Py_NewRef(Py_False);
    }
    const unsigned char *at = (unsigned char *)PyBytes_AsString(bytes), *end = at + PyBytes_Size(bytes);
    unsigned char found = 0;
    for (; at < end; at++) {
        found |= ((*at < 32) & (*at != '\t') & (*at != '\n')) | (*at > 127) | (*at == '&') | (*at == '<') | (*at == '>');
    }
    Py_DECREF(bytes);
    return Py_NewRef(found ? Py_False : Py_True);
}

static PyMethodDef methods[] = {
    {"tree", (PyCFunction)(void (*)(void))tree, METH_FASTCALL, NULL},
    {"is_plain", is_plain, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "decaf_protocol._query", .m_size = 0, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__query(void)
{
    return PyModuleDef_Init(&module);
}
