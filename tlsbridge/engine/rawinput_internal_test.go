package engine

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"testing"
)

// TestHeldFields fails with a release of Go whose tls.Conn is another: look at
// what keeps a record's memory there.
func TestHeldFields(t *testing.T) {
	if !held.known {
		t.Fatal("tls.Conn has no rawInput and input as expected")
	}
	raw, input := held.of(new(tls.Conn))
	if raw.Len() != 0 || raw.Cap() != 0 || input.Len() != 0 {
		t.Error("the fields of a new tls.Conn are not empty")
	}
}

// TestHeldFieldsOfAnother leaves alone what only looks like a tls.Conn.
func TestHeldFieldsOfAnother(t *testing.T) {
	field := func(name string, typ reflect.Type) reflect.StructField {
		return reflect.StructField{Name: name, Type: typ, PkgPath: "crypto/tls"}
	}
	buffer, reader := reflect.TypeFor[bytes.Buffer](), reflect.TypeFor[bytes.Reader]()
	for _, other := range [][]reflect.StructField{
		nil,
		{field("rawInput", buffer)},
		{field("input", reader)},
		{field("rawInput", buffer), field("input", buffer)},
		{field("rawInput", reflect.PointerTo(buffer)), field("input", reader)},
	} {
		if typ := reflect.StructOf(other); findHeld(typ).known {
			t.Errorf("%v is taken for a tls.Conn", typ)
		}
	}
	if !findHeld(reflect.StructOf([]reflect.StructField{field("rawInput", buffer), field("input", reader)})).known {
		t.Error("the right fields are not found")
	}
}

// Holds reports how much memory crypto/tls has for records.
func (c *Conn) Holds() int {
	raw, _ := held.of(c.tls)
	return raw.Cap()
}
