//go:build libpollux

package main

import (
	"errors"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

// The results below the error numbers, see ABI.md.
const (
	codeTimeout  = -5000
	codeType     = -6001
	codeOverflow = -6002
	codeValue    = -6003
	codeOS       = -6004 // an OSError that has a text and no number
	codeGAI      = -6005
	codeHost     = -6006
	codeHandle   = -6007
	codeBuffer   = -6008
)

// texts keeps the text of each thread's last error.
var texts sync.Map // thread id -> string

func fail(code int64, text string) int64 {
	texts.Store(unix.Gettid(), text)
	return code
}

// result turns an error into a result.
func result(err error) int64 {
	var (
		named    *fdsock.Error
		errno    unix.Errno
		overflow *fdsock.OverflowError
		value    *fdsock.ValueError
		unicode  *fdsock.UnicodeError
		gai      *fdsock.GAIError
		host     *fdsock.HError
		badPoll  *pyselect.OverflowError
		badValue *pyselect.ValueError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &named) && named.Text != "":
		return fail(codeOS, named.Text)
	case errors.As(err, &errno):
		return -int64(errno)
	case errors.Is(err, fdsock.ErrTimeout):
		return codeTimeout
	case errors.As(err, &overflow):
		return fail(codeOverflow, overflow.Text)
	case errors.As(err, &badPoll):
		return fail(codeOverflow, badPoll.Text)
	case errors.As(err, &value):
		return fail(codeValue, value.Text)
	case errors.As(err, &unicode):
		return fail(codeValue, unicode.Text)
	case errors.As(err, &badValue):
		return fail(codeValue, badValue.Text)
	case errors.As(err, &gai):
		return fail(codeGAI, strconv.Itoa(gai.Code)+"\t"+gai.Text)
	case errors.As(err, &host):
		return fail(codeHost, strconv.Itoa(host.Code)+"\t"+host.Text)
	case errors.Is(err, pyselect.ErrNotRegistered):
		return -int64(unix.ENOENT)
	case errors.Is(err, pyselect.ErrConcurrentPoll):
		return -int64(unix.EBUSY)
	}
	return fail(codeOS, err.Error())
}

// count is result for calls that return a number.
func count(n int, err error) int64 {
	if err != nil {
		return result(err)
	}
	return int64(n)
}
