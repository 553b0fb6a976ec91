package main

import (
	"errors"

	"github.com/pollux-net/pollux/tlsbridge"
)

// trust are the flags of a client's side of TLS.
type trust struct {
	CA       string `name:"ca" placeholder:"FILE" help:"Trust the authorities in a PEM file, instead of the system's."`
	Insecure bool   `short:"k" help:"Verify neither the server's certificate nor its name."`
}

// check finds what does not go together.
func (t *trust) check() error {
	if t.Insecure && t.CA != "" {
		return errors.New("--insecure verifies nothing: it goes without --ca")
	}
	return nil
}

// context trusts whom the flags say.
func (t *trust) context() (*tlsbridge.Context, error) {
	ctx, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	switch {
	case err != nil:
		return nil, err
	case t.Insecure:
		ctx.SetCheckHostname(false)
		return ctx, ctx.SetVerifyMode(tlsbridge.CERT_NONE)
	case t.CA != "":
		return ctx, ofFile("--ca", t.CA, ctx.LoadVerifyLocations(t.CA, ""))
	}
	return ctx, ctx.LoadDefaultCerts()
}
