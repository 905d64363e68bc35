"""One of several servers over one database. Nothing here is loaded without the setting `store`."""
