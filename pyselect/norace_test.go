//go:build !race

package pyselect_test

const raceEnabled = false
