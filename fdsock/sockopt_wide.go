package fdsock

import "github.com/pollux-net/pollux/internal/sys"

func getOption(fd, level, name int) (int, Errno) {
	if wideOption(level) {
		return getWide(fd, level, name)
	}
	return sys.GetsockoptInt(fd, level, name)
}

func setOption(fd, level, name, value int) Errno {
	if wideOption(level) {
		return setWide(fd, level, name, value)
	}
	return sys.SetsockoptInt(fd, level, name, value)
}
