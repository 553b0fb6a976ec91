// Package wstest runs gobwas/ws, a WebSocket library that knows nothing of
// Pollux, on stream's views for package net. It is a module of its own, so that
// users of Pollux do not get that library.
package wstest
