//go:build race

package engine_test

// raceEnabled says that sync.Pool drops things at random and that crypto is
// slow.
const raceEnabled = true
