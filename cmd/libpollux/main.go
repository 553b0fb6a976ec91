//go:build libpollux

// Libpollux is Pollux as a C library, so that CPython can run its own test
// suite, and any program, on it:
//
//	go build -tags libpollux -buildmode=c-shared -o libpollux.so ./cmd/libpollux
//
// It has no behaviour of its own: a function converts its arguments, makes
// one call of a public package, and converts the result. ABI.md beside this
// file lists the functions and their conventions.
package main

func main() {}
