//go:build !race

package sys

func wrote([]byte, int) {}

func reading([]byte) {}
