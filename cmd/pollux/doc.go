// Pollux is the command of the project: a client and servers made of its
// packages, for trying them out and for looking at how they are used.
//
//	pollux get [URL]   one HTTP request, blocking or around select
//	pollux cert [NAME] an authority, and certificates for local use
//	pollux serve       echo, discard, chargen, HTTP or files on the reactor, plain or TLS
//	pollux hold        many connections to a server, and what it pays for each
//	pollux version
//
// Every command has --help. The exit code is 0 for success, 1 for a failure,
// which standard error explains, 2 for a wrong command line, and 130 for a
// request that was interrupted. The environment variable POLLUX_TRACE, set to
// 1, makes the loops print every event they see to standard error.
package main
