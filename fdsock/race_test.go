//go:build race

package fdsock_test

// raceEnabled says that the race detector makes pools forget what they hold.
const raceEnabled = true
