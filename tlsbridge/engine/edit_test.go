package engine_test

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// The parts of a hello and of what else has extensions, as offsets behind the
// message's header: RFC 8446 sections 4.1.2, 4.1.3, 4.3.1, 4.3.2 and 4.6.1.
const (
	atVersion, atRandom, atSession = 4, 6, 38
)

// The extensions that the tricks are about.
const (
	extServerName, extGroups, extSignatures, extALPN         = 0, 10, 13, 16
	extMasterSecret, extTicket, extPSK, extEarlyData         = 23, 35, 41, 42
	extVersions, extCookie, extKeyShare, extQUIC, extUnknown = 43, 44, 51, 57, 0x1234
	extRenegotiation                                         = 0xff01
)

// atSuite is where the suite of a server's hello stands, or the list of a
// client's.
func atSuite(msg []byte) int { return atSession + 1 + int(msg[atSession]) }

// atExtensions is where the length of the extensions stands.
func atExtensions(msg []byte) int {
	switch msg[0] {
	case serverHello:
		return atSuite(msg) + 3
	case clientHello:
		at := atSuite(msg)
		at += 2 + int(binary.BigEndian.Uint16(msg[at:]))
		return at + 1 + int(msg[at])
	case encryptedExts:
		return 4
	case certRequest:
		return 5 + int(msg[4])
	}
	panic("no extensions")
}

// extension makes one of an extension's id and body.
func extension(id uint16, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(body))), body...)
}

// with replaces an extension, or puts it before the others; a nil body only
// removes it.
func with(msg []byte, id uint16, body []byte) []byte {
	at := atExtensions(msg)
	var made []byte
	done := body == nil
	for rest := msg[min(at+2, len(msg)):]; len(rest) > 0; {
		n := 4 + int(binary.BigEndian.Uint16(rest[2:]))
		switch {
		case binary.BigEndian.Uint16(rest) != id:
			made = append(made, rest[:n]...)
		case !done:
			made = append(made, extension(id, body)...)
			done = true
		}
		rest = rest[n:]
	}
	if !done {
		made = append(extension(id, body), made...)
	}
	return resized(append(binary.BigEndian.AppendUint16(slices.Clone(msg[:at]), uint16(len(made))), made...))
}

// resized corrects the length of a message.
func resized(msg []byte) []byte {
	n := len(msg) - 4
	msg[1], msg[2], msg[3] = byte(n>>16), byte(n>>8), byte(n)
	return msg
}

// changed is an edit of the bytes of a message, in a record of its own.
func changed(edit func(msg []byte) []byte) func(*direction, []byte) []byte {
	return func(d *direction, msg []byte) []byte { return d.rec(typeHandshake, edit(msg)) }
}

// exts is an edit that sets an extension, or removes it.
func exts(id uint16, body ...byte) func(*direction, []byte) []byte {
	return changed(func(msg []byte) []byte { return with(msg, id, body) })
}

// swapped is an edit that puts an extension behind the last one.
func swapped(d *direction, msg []byte) []byte {
	at := atExtensions(msg)
	binary.BigEndian.PutUint16(msg[at:], uint16(len(msg)-at-2+5))
	return d.rec(typeHandshake, resized(append(msg, extension(extUnknown, []byte{1})...)))
}

// doubled is an edit that repeats the first extension.
func doubled(d *direction, msg []byte) []byte {
	at := atExtensions(msg)
	first := msg[at+2:][:4+int(binary.BigEndian.Uint16(msg[at+4:]))]
	binary.BigEndian.PutUint16(msg[at:], uint16(len(msg)-at-2+len(first)))
	return d.rec(typeHandshake, resized(slices.Insert(msg, at+2, slices.Clone(first)...)))
}

// put is an edit that overwrites bytes at an offset, from the end if negative.
func put(at int, b ...byte) func(*direction, []byte) []byte {
	return changed(func(msg []byte) []byte {
		if at < 0 {
			copy(msg[len(msg)+at:], b)
		} else {
			copy(msg[at:], b)
		}
		return msg
	})
}

// putSuite is an edit of a server's suite.
func putSuite(id uint16) func(*direction, []byte) []byte {
	return changed(func(msg []byte) []byte {
		binary.BigEndian.PutUint16(msg[atSuite(msg):], id)
		return msg
	})
}

// spoilt is an edit that flips a bit of the last byte.
func spoilt(d *direction, msg []byte) []byte {
	msg[len(msg)-1] ^= 1
	return d.rec(typeHandshake, msg)
}

// instead is an edit that sends another message.
func instead(typ byte, body ...byte) func(*direction, []byte) []byte {
	return func(d *direction, _ []byte) []byte { return d.msg(typ, body...) }
}

// before is an edit that sends a record in front of the message.
func before(typ byte, data ...byte) func(*direction, []byte) []byte {
	return flood(1, typ, data...)
}

// flood is an edit that sends many records in front of the message.
func flood(n int, typ byte, data ...byte) func(*direction, []byte) []byte {
	return func(d *direction, msg []byte) []byte {
		var wire []byte
		for range n {
			wire = append(wire, d.rec(typ, data)...)
		}
		return append(wire, d.rec(typeHandshake, msg)...)
	}
}

// cleared is flood with records that are not encrypted.
func cleared(n int, typ byte, data ...byte) func(*direction, []byte) []byte {
	return func(d *direction, msg []byte) []byte {
		return append(bytes.Repeat(rec(typ, data...), n), d.rec(typeHandshake, msg)...)
	}
}

// twice is an edit that sends a message again.
func twice(d *direction, msg []byte) []byte {
	return append(d.rec(typeHandshake, msg), d.rec(typeHandshake, msg)...)
}

// together is an edit that puts the beginning of another message into the same
// record, where the keys change in between.
func together(more ...byte) func(*direction, []byte) []byte {
	return changed(func(msg []byte) []byte { return append(msg, more...) })
}

// shorter is an edit that takes bytes from the end of a message.
func shorter(n int) func(*direction, []byte) []byte {
	return changed(func(msg []byte) []byte { return resized(msg[:len(msg)-n]) })
}

// longer is an edit that adds a byte to a message.
func longer(d *direction, msg []byte) []byte {
	return d.rec(typeHandshake, resized(append(msg, 0)))
}

// dropped is an edit that sends nothing.
func dropped(*direction, []byte) []byte { return nil }

// inClear is an edit that forgets to encrypt.
func inClear(_ *direction, msg []byte) []byte { return rec(typeHandshake, msg...) }

// wrongVersion is an edit of the record's header.
func wrongVersion(d *direction, msg []byte) []byte {
	wire := d.rec(typeHandshake, msg)
	wire[1], wire[2] = 9, 9
	return wire
}

// badMAC is an edit of what has been encrypted.
func badMAC(d *direction, msg []byte) []byte {
	wire := d.rec(typeHandshake, msg)
	wire[len(wire)-1] ^= 1
	return wire
}

// huge announces a message that nobody should make room for.
func huge(d *direction, msg []byte) []byte {
	return d.rec(typeHandshake, []byte{msg[0], 0xff, 0xff, 0xff})
}

// retry is a HelloRetryRequest for a server's hello, with these extensions:
// RFC 8446 section 4.1.3.
func retry(hello []byte, extensions ...[]byte) []byte {
	random := []byte{
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
		0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
	}
	exts := append(extension(extVersions, []byte{3, 4}), bytes.Join(extensions, nil)...)
	msg := slices.Clone(hello[:atExtensions(hello)])
	copy(msg[atRandom:], random)
	return resized(append(binary.BigEndian.AppendUint16(msg, uint16(len(exts))), exts...))
}

// retries is an edit that asks for another hello, n times.
func retries(n int, extensions ...[]byte) func(*direction, []byte) []byte {
	return func(d *direction, msg []byte) []byte {
		return bytes.Repeat(d.rec(typeHandshake, retry(msg, extensions...)), n)
	}
}
