package plan

import "clusterctl/schema"

// MemberRef is the reference of a member.
func MemberRef(name string) schema.Ref { return schema.Ref{Kind: schema.KindMember, Name: name} }

// ServerRef is the reference of the servers' configuration.
func ServerRef() schema.Ref { return schema.Ref{Kind: schema.KindServer, Name: schema.ServerName} }
