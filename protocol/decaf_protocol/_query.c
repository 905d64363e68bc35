/* The native forms of `read_fields` of form.py and of `is_plain` of xml.py, which are the reference: the same results
   for every input. */

#define Py_LIMITED_API 0x030B0000 /* one build for every Python from 3.11 on */
#include <Python.h>
#include <string.h>

static int
digit(char c)
{
    if ('0' <= c && c <= '9') {
        return c - '0';
    }
    c |= 0x20; /* in lower case */
    return 'a' <= c && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether text has what is to be decoded. Without a branch, so that compilers use vectors. */
static int
has_escape(const char *at, const char *end)
{
    unsigned char found = 0;
    for (; at < end; at++) {
        found |= (*at == '%') | (*at == '+');
    }
    return found;
}

/* Returns a part of a form, decoded; `space` has room for all of the form. */
static PyObject *
decoded(const char *at, const char *end, char *space)
{
    if (!has_escape(at, end)) {
        return PyUnicode_DecodeUTF8(at, end - at, NULL);
    }
    char *to = space;
    while (at < end) {
        char c = *at++;
        if (c == '+') {
            c = ' ';
        }
        else if (c == '%' && end - at >= 2 && digit(at[0]) >= 0 && digit(at[1]) >= 0) {
            c = (char)(digit(at[0]) << 4 | digit(at[1]));
            at += 2;
        }
        *to++ = c;
    }
    return PyUnicode_DecodeUTF8(space, to - space, NULL);
}

/* Returns 0 once the field between `at` and `end` is among the fields, -1 with an exception. Sets `dotted` to 1 for a
   name with a dot. */
static int
add_field(PyObject *fields, const char *at, const char *end, char *space, int *dotted)
{
    const char *equals = memchr(at, '=', end - at);
    const char *stop = equals == NULL ? end : equals, *start = equals == NULL ? end : equals + 1;
    if (stop == at) {
        return 0;
    }
    PyObject *name = decoded(at, stop, space), *value = NULL;
    int added = -1;
    *dotted |= name != NULL && PyUnicode_FindChar(name, '.', 0, end - at, 1) >= 0;
    if (name != NULL && (value = decoded(start, end, space)) != NULL) {
        added = PyDict_Contains(fields, name);
        if (added == 0) {
            added = PyDict_SetItem(fields, name, value);
        }
    }
    Py_XDECREF(name);
    Py_XDECREF(value);
    return added < 0 ? -1 : 0;
}

/* fields(text: str, most: int) -> tuple[dict[str, str], bool] */
static PyObject *
fields(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Py_ssize_t size, most;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "fields(text: str, most: int)");
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
    PyObject *found = space == NULL ? PyErr_NoMemory() : PyDict_New(), *both = NULL;
    int dotted = 0;
    while (found != NULL) {
        const char *stop = memchr(at, '&', end - at);
        if (add_field(found, at, stop == NULL ? end : stop, space, &dotted) < 0) {
            Py_CLEAR(found);
        }
        if (stop == NULL) {
            break;
        }
        at = stop + 1;
    }
    if (found != NULL) {
        both = PyTuple_Pack(2, found, dotted ? Py_True : Py_False);
    }
    PyMem_Free(space);
    Py_XDECREF(found);
    return both;
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
    {"fields", (PyCFunction)(void (*)(void))fields, METH_FASTCALL, NULL},
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
