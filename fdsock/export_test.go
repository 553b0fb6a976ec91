package fdsock

import (
	"context"
	"net"

	"github.com/pollux-net/pollux/internal/eyeballs"
)

// DistrustShort makes receives that came short count for nothing, as tests
// must that shorten them behind the kernel's back. The result undoes it.
func DistrustShort() (restore func()) {
	shortIsAll = false
	return func() { shortIsAll = true }
}

// ClassName returns the class of an error number.
func ClassName(errno Errno) string { return className(errno) }

// Classes lists the error numbers that have a class.
func Classes() []Errno {
	var list []Errno
	for errno := range classes {
		list = append(list, errno)
	}
	return list
}

// DefaultBacklog is what Listen uses without an argument.
const DefaultBacklog = defaultBacklog

// FillLookups takes every look-up's place, until it is restored.
func FillLookups() (restore func()) {
	for range cap(lookups) {
		lookups <- struct{}{}
	}
	return func() {
		for range cap(lookups) {
			<-lookups
		}
	}
}

// ConnectAny is CreateConnection with the addresses found.
func ConnectAny(ctx context.Context, infos []AddrInfo, opts DialOptions) (*Socket, error) {
	return connectAny(&wait{op: opConnect, ctx: ctx}, infos, opts)
}

// Interleave orders addresses as Happy Eyeballs does.
func Interleave(infos []AddrInfo) []AddrInfo { return eyeballs.Interleave(infos, familyOf) }

// MaxAttempts is how many attempts Happy Eyeballs makes at once.
const MaxAttempts = eyeballs.MaxAttempts

// SetResolver has names looked up by r, until restore.
func SetResolver(r *net.Resolver) (restore func()) {
	old := resolver.Swap(r)
	return func() { resolver.Store(old) }
}
