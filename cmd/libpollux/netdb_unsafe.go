//go:build libpollux

package main

/*
#include <stdint.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"unsafe"

	"github.com/pollux-net/pollux/fdsock"
)

// answer gives a value to C as JSON.
func answer(v any, err error, p unsafe.Pointer, room C.int64_t) C.int64_t {
	if err != nil {
		return C.int64_t(result(err))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return C.int64_t(result(err))
	}
	return put(text, p, room)
}

//export gs_getaddrinfo
func gs_getaddrinfo(query unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	var q struct {
		Host, Port                 *string
		Family, Type, Proto, Flags int
	}
	if err := json.Unmarshal(view(query, n), &q); err != nil {
		return C.int64_t(result(err))
	}
	infos, err := fdsock.GetAddrInfoBytes(context.Background(), given(q.Host), given(q.Port),
		fdsock.Hints{Family: q.Family, Type: q.Type, Proto: q.Proto, Flags: q.Flags})
	list := make([]any, len(infos))
	for i, a := range infos {
		list[i] = []any{a.Family, a.Type, a.Proto, a.CanonName, json.RawMessage(addressText(a.Addr))}
	}
	return answer(list, err, p, room)
}

// given returns an optional text, nil for one that is not given.
func given(s *string) []byte {
	if s == nil {
		return nil
	}
	return append([]byte{}, *s...)
}

//export gs_getnameinfo
func gs_getnameinfo(query unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	var q struct {
		Host               string
		Port, Scope, Flags int
	}
	if err := json.Unmarshal(view(query, n), &q); err != nil {
		return C.int64_t(result(err))
	}
	a := fdsock.Inet(q.Host, q.Port)
	a.ScopeID = uint32(q.Scope)
	host, service, err := fdsock.GetNameInfo(context.Background(), a, q.Flags)
	return answer([]string{host, service}, err, p, room)
}

// The kinds of gs_gethostby.
const (
	byName    = 0
	byAddress = 1
	// 2: by name, one address only
)

//export gs_gethostby
func gs_gethostby(kind C.int64_t, host unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	ctx, name := context.Background(), string(view(host, n))
	var e fdsock.HostEntry
	var err error
	switch kind {
	case byName:
		e, err = fdsock.GetHostByNameEx(ctx, name)
	case byAddress:
		e, err = fdsock.GetHostByAddr(ctx, name)
	default:
		ip, lookupErr := fdsock.GetHostByName(ctx, name)
		e, err = fdsock.HostEntry{Name: name, Aliases: []string{}, Addrs: []string{ip}}, lookupErr
	}
	return answer([]any{e.Name, e.Aliases, e.Addrs}, err, p, room)
}

// protocol returns a protocol's name: "" is any, for the length -1, and a name
// that is given but empty is nobody's.
func protocol(p unsafe.Pointer, n C.int64_t) string {
	if n == 0 {
		return " "
	}
	return string(view(p, n))
}

//export gs_getservbyname
func gs_getservbyname(name unsafe.Pointer, n C.int64_t, proto unsafe.Pointer, protoLen C.int64_t) C.int64_t {
	return C.int64_t(count(fdsock.GetServByName(string(view(name, n)), protocol(proto, protoLen))))
}

//export gs_getservbyport
func gs_getservbyport(port C.int64_t, proto unsafe.Pointer, protoLen C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	name, err := fdsock.GetServByPort(int(port), protocol(proto, protoLen))
	return answer(name, err, p, room)
}

//export gs_getprotobyname
func gs_getprotobyname(name unsafe.Pointer, n C.int64_t) C.int64_t {
	return C.int64_t(count(fdsock.GetProtoByName(string(view(name, n)))))
}

//export gs_gethostname
func gs_gethostname(p unsafe.Pointer, room C.int64_t) C.int64_t {
	name, err := fdsock.GetHostName()
	return answer(name, err, p, room)
}

//export gs_if
func gs_if(p unsafe.Pointer, room C.int64_t) C.int64_t {
	all, err := fdsock.IfNameIndex()
	list := make([]any, len(all))
	for i, f := range all {
		list[i] = []any{f.Index, f.Name}
	}
	return answer(list, err, p, room)
}

//export gs_if_nametoindex
func gs_if_nametoindex(text unsafe.Pointer, n C.int64_t) C.int64_t {
	return C.int64_t(count(fdsock.IfNameToIndex(string(view(text, n)))))
}

//export gs_if_indextoname
func gs_if_indextoname(index C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	text, err := fdsock.IfIndexToName(int(index))
	return answer(text, err, p, room)
}

//export gs_inet_aton
func gs_inet_aton(text unsafe.Pointer, n C.int64_t, out unsafe.Pointer) C.int64_t {
	packed, err := fdsock.InetAton(string(view(text, n)))
	copy(view(out, 4), packed[:])
	return C.int64_t(result(err))
}

//export gs_inet_pton
func gs_inet_pton(family C.int64_t, text unsafe.Pointer, n C.int64_t, out unsafe.Pointer) C.int64_t {
	packed, err := fdsock.InetPton(int(family), string(view(text, n)))
	copy(view(out, C.int64_t(len(packed))), packed)
	return C.int64_t(count(len(packed), err))
}

//export gs_inet_ntop
func gs_inet_ntop(family C.int64_t, packed unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	text, err := fdsock.InetNtop(int(family), view(packed, n))
	return answer(text, err, p, room)
}

//export gs_inet_ntoa
func gs_inet_ntoa(packed unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	text, err := fdsock.InetNtoa(view(packed, n))
	return answer(text, err, p, room)
}

//export gs_cmsg
func gs_cmsg(kind, n C.int64_t) C.int64_t {
	if kind == 0 {
		return C.int64_t(count(fdsock.CMSGLen(int(n))))
	}
	return C.int64_t(count(fdsock.CMSGSpace(int(n))))
}

//export gs_hton
func gs_hton(bits, x C.int64_t) C.int64_t {
	if bits == 16 {
		return C.int64_t(fdsock.Htons(uint16(x)))
	}
	return C.int64_t(fdsock.Htonl(uint32(x)))
}
