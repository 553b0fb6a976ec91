package pyio

import (
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// handlers are the handlers of encoding errors.
var handlers = []string{"strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "surrogateescape"}

// newCoding finds an encoding by a name of Python's. What it returns is for one
// direction of one file.
func newCoding(name, handler string) (*coding, error) {
	if !slices.Contains(handlers, handler) {
		return nil, &LookupError{"unknown error handler name " + quote(handler)}
	}
	c := &coding{handler: handler}
	if !c.unicode(normal(name)) && !c.singleByte(normal(name)) && !c.multiByte(normal(name)) {
		return nil, &LookupError{"unknown encoding: " + name}
	}
	switch c.codec.(type) {
	case utf8Codec, *utf8Sig, narrow, table:
		c.runs = true
	}
	if _, plain := c.codec.(utf8Codec); handler == "surrogateescape" && !plain && c.name != "ascii" {
		return nil, &LookupError{"surrogateescape needs UTF-8 or ASCII in Go's strings, not " + name}
	}
	return c, nil
}

// unicode looks for the encodings that are our own.
func (c *coding) unicode(name string) bool {
	use := func(name string, codec codec, ascii bool) bool {
		c.name, c.codec, c.ascii = name, codec, ascii
		return true
	}
	wider := func(name string, unit int, order binary.AppendByteOrder) bool {
		return use(name, &wide{unit: unit, order: order, owner: c}, false)
	}
	switch name {
	case "utf_8", "utf8", "u8", "utf", "cp65001", "locale":
		return use("utf-8", utf8Codec{}, true)
	case "utf_8_sig":
		c.preamble = bom
		return use("utf-8", &utf8Sig{}, false)
	case "ascii", "us_ascii", "646", "ansi_x3.4_1968", "iso646_us":
		return use("ascii", narrow{128, "ordinal not in range(128)"}, true)
	case "latin_1", "latin1", "latin", "l1", "8859", "cp819", "iso_8859_1", "iso8859_1", "iso8859":
		return use("latin-1", narrow{256, "ordinal not in range(256)"}, true)
	case "utf_16", "utf16", "u16":
		return wider("utf-16", 2, nil)
	case "utf_16_le", "utf_16le", "unicodelittleunmarked":
		return wider("utf-16-le", 2, binary.LittleEndian)
	case "utf_16_be", "utf_16be", "unicodebigunmarked":
		return wider("utf-16-be", 2, binary.BigEndian)
	case "utf_32", "utf32", "u32":
		return wider("utf-32", 4, nil)
	case "utf_32_le", "utf_32le":
		return wider("utf-32-le", 4, binary.LittleEndian)
	case "utf_32_be", "utf_32be":
		return wider("utf-32-be", 4, binary.BigEndian)
	}
	return false
}

// singleByte looks for a code page.
func (c *coding) singleByte(name string) bool {
	name = strings.Replace(strings.Replace(name, "iso_8859", "iso8859", 1), "windows_", "cp", 1)
	if digits := strings.TrimPrefix(name, "ibm"); digits != name {
		name = "cp" + digits
	}
	m := page(name)
	if m == nil {
		return false
	}
	t := table{Charmap: m, windows: windows(name) != nil, iso: iso8859(name) != nil}
	if name == "koi8_u" {
		t.patch = koi8uPatch()
	}
	c.name, c.codec, c.ascii = "charmap", t, m.DecodeByte('A') == 'A'
	return true
}

// page returns a code page of x/text.
func page(name string) *charmap.Charmap {
	switch name {
	case "cp037":
		return charmap.CodePage037
	case "cp1140":
		return charmap.CodePage1140
	case "koi8_r":
		return charmap.KOI8R
	case "koi8_u":
		return charmap.KOI8U
	case "mac_roman", "macroman", "macintosh":
		return charmap.Macintosh
	case "mac_cyrillic", "maccyrillic":
		return charmap.MacintoshCyrillic
	}
	if m := dos(name); m != nil {
		return m
	}
	if m := windows(name); m != nil {
		return m
	}
	return iso8859(name)
}

func dos(name string) *charmap.Charmap {
	switch name {
	case "cp437", "437":
		return charmap.CodePage437
	case "cp850", "850":
		return charmap.CodePage850
	case "cp852", "852":
		return charmap.CodePage852
	case "cp855", "855":
		return charmap.CodePage855
	case "cp858", "858":
		return charmap.CodePage858
	case "cp860", "860":
		return charmap.CodePage860
	case "cp862", "862":
		return charmap.CodePage862
	case "cp863", "863":
		return charmap.CodePage863
	case "cp865", "865":
		return charmap.CodePage865
	case "cp866", "866":
		return charmap.CodePage866
	}
	return nil
}

func windows(name string) *charmap.Charmap {
	switch strings.TrimPrefix(name, "cp") {
	case "874":
		return charmap.Windows874
	case "1250":
		return charmap.Windows1250
	case "1251":
		return charmap.Windows1251
	case "1252":
		return charmap.Windows1252
	case "1253":
		return charmap.Windows1253
	case "1254":
		return charmap.Windows1254
	case "1255":
		return charmap.Windows1255
	case "1256":
		return charmap.Windows1256
	case "1257":
		return charmap.Windows1257
	case "1258":
		return charmap.Windows1258
	}
	return nil
}

func iso8859(name string) *charmap.Charmap {
	switch name {
	case "iso8859_2", "latin2", "latin_2", "l2":
		return charmap.ISO8859_2
	case "iso8859_3", "latin3", "latin_3", "l3":
		return charmap.ISO8859_3
	case "iso8859_4", "latin4", "latin_4", "l4":
		return charmap.ISO8859_4
	case "iso8859_5", "cyrillic":
		return charmap.ISO8859_5
	case "iso8859_6", "arabic":
		return charmap.ISO8859_6
	case "iso8859_7", "greek", "greek8":
		return charmap.ISO8859_7
	case "iso8859_8", "hebrew":
		return charmap.ISO8859_8
	case "iso8859_9", "latin5", "latin_5", "l5":
		return charmap.ISO8859_9
	case "iso8859_10", "latin6", "latin_6", "l6":
		return charmap.ISO8859_10
	case "iso8859_13", "latin7", "latin_7", "l7":
		return charmap.ISO8859_13
	case "iso8859_14", "latin8", "latin_8", "l8":
		return charmap.ISO8859_14
	case "iso8859_15", "latin9", "latin_9", "l9":
		return charmap.ISO8859_15
	case "iso8859_16", "latin10", "latin_10", "l10":
		return charmap.ISO8859_16
	}
	return nil
}

// multiByte looks for an encoding of East Asia.
func (c *coding) multiByte(name string) bool {
	var e encoding.Encoding
	switch name {
	case "shift_jis", "sjis", "s_jis", "shiftjis", "csshiftjis", "cp932", "932", "ms932", "windows_31j", "mskanji", "ms_kanji":
		e = japanese.ShiftJIS
	case "euc_jp", "eucjp", "ujis", "u_jis":
		e = japanese.EUCJP
	case "euc_kr", "euckr", "cp949", "949", "ms949", "uhc", "korean":
		e = korean.EUCKR
	case "gbk", "cp936", "936", "ms936", "gb2312", "euc_cn", "chinese":
		e = simplifiedchinese.GBK
	case "gb18030", "gb18030_2000":
		e = simplifiedchinese.GB18030
	case "big5", "big5_tw", "csbig5", "cp950", "950", "ms950", "big5_hkscs", "big5hkscs":
		e = traditionalchinese.Big5
	default:
		return false
	}
	c.name, c.codec, c.ascii = name, newMultibyte(e), true
	return true
}
