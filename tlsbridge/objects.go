package tlsbridge

import (
	"fmt"
	"sync"
)

// Object is what an object identifier stands for: Python's _ASN1Object, with
// OpenSSL's number (NID) and names.
type Object struct {
	NID       int
	ShortName string
	LongName  string
	OID       string
}

var objectByOID = sync.OnceValue(func() map[string]*Object {
	m := make(map[string]*Object, len(objects))
	for i := range objects {
		m[objects[i].OID] = &objects[i]
	}
	return m
})

// ObjectFromOID finds an object by its identifier, "2.5.4.3" for example. Only
// those of certificates are known; the others are a ValueError. Any goroutine.
func ObjectFromOID(oid string) (Object, error) {
	if o := objectByOID()[oid]; o != nil {
		return *o, nil
	}
	return Object{}, &ValueError{fmt.Sprintf("unknown object '%s'", oid)}
}

// ObjectFromName finds an object by either of its names, or its identifier.
// Any goroutine.
func ObjectFromName(name string) (Object, error) {
	for _, o := range objects {
		if o.ShortName == name || o.LongName == name {
			return o, nil
		}
	}
	return ObjectFromOID(name)
}

// ObjectFromNID finds an object by OpenSSL's number. Any goroutine.
func ObjectFromNID(nid int) (Object, error) {
	if nid < 0 {
		return Object{}, &ValueError{"NID must be positive."}
	}
	for _, o := range objects {
		if o.NID == nid {
			return o, nil
		}
	}
	return Object{}, &ValueError{fmt.Sprintf("unknown NID %d", nid)}
}

// longName returns an identifier's long name, or the identifier.
func longName(oid string) string {
	if o := objectByOID()[oid]; o != nil {
		return o.LongName
	}
	return oid
}
