package schema

// Code names a kind of problem. It is stable: scripts and the explain command rely on it.
type Code string

// The codes of input problems.
const (
	CodeSyntax        Code = "syntax"
	CodeEmpty         Code = "empty"
	CodeUnknownKey    Code = "unknown-key"
	CodeDuplicateKey  Code = "duplicate-key"
	CodeType          Code = "type"
	CodeRequired      Code = "required"
	CodeValue         Code = "value"
	CodeName          Code = "name"
	CodeElided        Code = "elided-certificate"
	CodeCertificate   Code = "certificate"
	CodePlacement     Code = "key-placement"
	CodeReference     Code = "reference"
	CodeDuplicate     Code = "duplicate"
	CodeConflict      Code = "conflict"
	CodeAddress       Code = "address"
	CodeBridgeAddress Code = "bridge-address"
	CodePassword      Code = "password"
	CodeToken         Code = "token"
	CodeJoin          Code = "join"
	CodeBootstrap     Code = "bootstrap"
	CodeConnection    Code = "connection"
	CodeSecret        Code = "secret"
	CodeBuiltin       Code = "builtin"
	CodeDevice        Code = "device"
	CodeReadOnly      Code = "read-only"
	CodeNotSupported  Code = "not-supported"
	CodeLimit         Code = "limit"
	CodeFile          Code = "file"
)
