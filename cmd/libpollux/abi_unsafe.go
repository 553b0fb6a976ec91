//go:build libpollux

package main

/*
#include <stdint.h>
*/
import "C"

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// view makes a slice of memory that C owns, for the duration of a call.
func view(p unsafe.Pointer, n C.int64_t) []byte {
	if n <= 0 || p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(p), int(n))
}

// put copies an answer into C's buffer and returns its length.
func put(answer []byte, p unsafe.Pointer, room C.int64_t) C.int64_t {
	if len(answer) > int(room) {
		return codeBuffer
	}
	return C.int64_t(copy(view(p, room), answer))
}

// ints views an array of C integers.
func ints(p *C.int32_t, n C.int64_t) []int32 {
	if n <= 0 {
		return nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(p)), int(n))
}

// vectors views an iovec array.
func vectors(p unsafe.Pointer, n C.int64_t) [][]byte {
	if n <= 0 {
		return nil
	}
	iov := unsafe.Slice((*unix.Iovec)(p), int(n))
	buffers := make([][]byte, len(iov))
	for i, v := range iov {
		buffers[i] = view(unsafe.Pointer(v.Base), C.int64_t(v.Len))
	}
	return buffers
}

//export gs_errtext
func gs_errtext(p unsafe.Pointer, room C.int64_t) C.int64_t {
	text, _ := texts.LoadAndDelete(unix.Gettid())
	s, _ := text.(string)
	return C.int64_t(copy(view(p, room), s))
}
