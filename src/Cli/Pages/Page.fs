namespace MtrlFunctional.Cli.Pages

open MtrlFunctional.Statistics

type Part =
    | Facts of (string * string) list
    /// With lines below it that are sums of the others.
    | Table of Grid * foot: string list list
    /// As a table, but of texts.
    | Texts of Grid
    /// Charts with values under the pointer.
    | Charts of Figure
    | Picture of svg: string
    | Note of string
    /// Commands with what they do.
    | Commands of (string * string) list
    /// A video or a moving picture: its name, type and content.
    | Video of name: string * kind: string * content: byte[]

/// Parts under a heading.
type Section = { Heading: string; Parts: Part list }

/// A page that stands alone: one file, no network.
type Page = { Title: string; Sections: Section list }
