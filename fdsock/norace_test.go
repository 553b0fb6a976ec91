//go:build !race

package fdsock_test

const raceEnabled = false
