//go:build linux

package fdsock

import (
	"context"
	"encoding/binary"

	"github.com/pollux-net/pollux/internal/sys"
)

// AlgAddr is an algorithm of the kernel's cryptography: Python's (type, name
// [, feat[, mask]]) of AF_ALG. See the kernel's crypto/userspace-if.rst.
type AlgAddr struct {
	Type    string // "hash", "skcipher", "aead" or "rng"; less than 14 bytes
	Name    string // "sha256" for example; less than 64 bytes
	Feature uint32
	Mask    uint32
}

// Network implements net.Addr.
func (a AlgAddr) Network() string { return "alg" }

// String returns "type/name".
func (a AlgAddr) String() string { return a.Type + "/" + a.Name }

func (a AlgAddr) sockaddr(_ context.Context, family int) (sa sys.Sockaddr, err error) {
	const typeRoom, nameRoom = 14, 64
	switch {
	case len(a.Type) >= typeRoom:
		return sa, &ValueError{"AF_ALG type too long."}
	case len(a.Name) >= nameRoom:
		return sa, &ValueError{"AF_ALG name too long."}
	}
	b := make([]byte, typeRoom+8+nameRoom)
	copy(b, a.Type)
	binary.NativeEndian.PutUint32(b[typeRoom:], a.Feature)
	binary.NativeEndian.PutUint32(b[typeRoom+4:], a.Mask)
	copy(b[typeRoom+8:], a.Name)
	return exotic(family, AF_ALG, b)
}

// Alg says what to do with the data of [SendMsgAlg].
type Alg struct {
	Op       int    // ALG_OP_ENCRYPT and the like
	IV       []byte // initialisation vector; nil for none
	AssocLen int    // bytes of associated data in front; with HasAssoc
	HasAssoc bool
}

// SendMsgAlg sends data to the kernel's cryptography: socket.sendmsg_afalg().
func SendMsgAlg(s *Socket, buffers [][]byte, how Alg, flags ...int) (int, error) {
	if s.family != AF_ALG {
		return 0, &Error{Op: opSendMsg.String(), Text: "algset is only supported for AF_ALG"}
	}
	switch {
	case how.Op < 0:
		return 0, &ValueError{"invalid or missing argument 'op'"}
	case how.HasAssoc && how.AssocLen < 0:
		return 0, &ValueError{"assoclen must be non-negative"}
	}
	return s.SendMsg(buffers, how.control(), nil, flags...)
}

// control makes the ancillary data of an operation.
func (how Alg) control() []ControlMessage {
	word := func(v int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(v)) }
	list := []ControlMessage{{SOL_ALG, ALG_SET_OP, word(how.Op)}}
	if how.IV != nil {
		list = append(list, ControlMessage{SOL_ALG, ALG_SET_IV, append(word(len(how.IV)), how.IV...)})
	}
	if how.HasAssoc {
		list = append(list, ControlMessage{SOL_ALG, ALG_SET_AEAD_ASSOCLEN, word(how.AssocLen)})
	}
	return list
}
