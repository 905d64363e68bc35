/* The native form of `split` in head.py, which is the reference: the same results for every input.

   It finds the parts of a request's head. What a header's name may be, and which requests are plain, is decided
   in head.py for both forms. */

#define Py_LIMITED_API 0x030B0000 /* one build for every Python from 3.11 on */
#include <Python.h>
#include <string.h>

/* Whether text has a control character that is no tab. Without a branch, so that compilers use vectors. */
static int
has_control(const unsigned char *at, const unsigned char *end)
{
    unsigned char found = 0;
    for (; at < end; at++) {
        found |= ((*at < 32) & (*at != '\t')) | (*at == 127);
    }
    return found;
}

static int
is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static PyObject *
text(const unsigned char *at, const unsigned char *end)
{
    return PyUnicode_DecodeUTF8((const char *)at, end - at, NULL);
}

/* Returns 1 once the header in a line is among the headers, 0 for a line without a colon, -1 with an exception. */
static int
add_header(PyObject *headers, PyObject *names, const unsigned char *at, const unsigned char *end)
{
    const unsigned char *colon = memchr(at, ':', end - at);
    if (colon == NULL) {
        return 0;
    }
    const unsigned char *start = colon + 1;
    while (start < end && is_blank(*start)) {
        start++;
    }
    while (end > start && is_blank(end[-1])) {
        end--;
    }
    int added = -1;
    PyObject *written = text(at, colon), *value = NULL, *name = NULL;
    if (written != NULL && (value = text(start, end)) != NULL) {
        name = Py_XNewRef(PyDict_GetItemWithError(names, written));
        if (name == NULL && !PyErr_Occurred()) {
            name = PyObject_GetItem(names, written); /* which remembers it */
        }
        if (name != NULL && PyDict_SetItem(headers, name, value) == 0) {
            added = 1;
        }
    }
    Py_XDECREF(written);
    Py_XDECREF(value);
    Py_XDECREF(name);
    return added;
}

/* split(head: bytes, names: Names) -> tuple[str, dict[str, str]] | None */
static PyObject *
split(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    char *head;
    Py_ssize_t size;
    if (count != 2 || !PyDict_Check(arguments[1])) {
        PyErr_SetString(PyExc_TypeError, "split(head: bytes, names: Names)");
        return NULL;
    }
    if (PyBytes_AsStringAndSize(arguments[0], &head, &size) < 0) {
        return NULL;
    }
    const unsigned char *at = (unsigned char *)head, *end = at + size;
    PyObject *line = NULL, *headers = PyDict_New(), *both = NULL;
    Py_ssize_t lines = 0;
    int usual = headers == NULL ? -1 : 1;
    while (usual == 1) {
        const unsigned char *stop = memchr(at, '\r', end - at);
        if (stop == NULL) {
            stop = end;
        }
        if (has_control(at, stop) || (stop < end && (stop + 1 == end || stop[1] != '\n'))) {
            usual = 0;
        }
        else if (line != NULL) {
            usual = add_header(headers, arguments[1], at, stop);
            lines++;
        }
        else if ((line = text(at, stop)) == NULL) {
            usual = -1;
        }
        if (stop == end) {
            break;
        }
        at = stop + 2;
    }
    if (usual == 1 && PyDict_Size(headers) == lines) { /* else a name came twice */
        both = PyTuple_Pack(2, line, headers);
    }
    else if (usual != -1) {
        both = Py_NewRef(Py_None);
    }
    else if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        both = Py_NewRef(Py_None);
    }
    Py_XDECREF(line);
    Py_XDECREF(headers);
    return both;
}

static PyMethodDef methods[] = {
    {"split", (PyCFunction)(void (*)(void))split, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "decaf.http._head", .m_size = 0, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__head(void)
{
    return PyModuleDef_Init(&module);
}
