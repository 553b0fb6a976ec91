//go:build !race

package sys

func wrote([]byte, int) {}

func sending() {}

func sent([]byte, int) {}
