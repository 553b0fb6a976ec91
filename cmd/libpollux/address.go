//go:build libpollux

package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/pollux-net/pollux/fdsock"
)

// errAddress is an address in a form that this library does not know.
var errAddress = errors.New("bad address")

// addressOf reads an address: ["inet", host, port] and its like.
func addressOf(text []byte) (fdsock.Addr, error) {
	var parts []any
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) < 2 {
		return nil, errAddress
	}
	number := func(i int) int {
		n, _ := parts[i].(float64)
		return int(n)
	}
	word, _ := parts[1].(string)
	switch parts[0] {
	case "inet":
		return fdsock.Inet(word, number(2)), nil
	case "inet6":
		a := fdsock.Inet(word, number(2))
		if flow := number(3); flow < 0 || flow > 0xfffff {
			return nil, &fdsock.OverflowError{Text: "flowinfo must be 0-1048575."}
		}
		a.FlowInfo, a.ScopeID = uint32(number(3)), a.ScopeID|uint32(number(4))
		return a, nil
	case "unix":
		path, err := hex.DecodeString(word)
		if err != nil {
			return nil, errAddress
		}
		return fdsock.UnixAddr(path), nil
	}
	return nil, errAddress
}

// addressText is the reverse of addressOf; nil becomes null.
func addressText(a fdsock.Addr) []byte {
	var parts any
	switch a := a.(type) {
	case fdsock.InetAddr:
		if a.IP.Is4() {
			parts = []any{"inet", a.Host(), a.Port}
		} else {
			parts = []any{"inet6", a.Host(), a.Port, a.FlowInfo, a.ScopeID}
		}
	case fdsock.UnixAddr:
		parts = []any{"unix", hex.EncodeToString([]byte(a))}
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return []byte("null")
	}
	return text
}
