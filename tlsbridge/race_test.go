//go:build race

package tlsbridge_test

const raceEnabled = true
