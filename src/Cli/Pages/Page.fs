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

/// What a page about runs contains besides measurements.
type PageContext = {
    /// A line for each key of the configuration that is to be seen.
    Configuration: Grid
    /// Commands with what they do.
    Commands: (string * string) list
    /// Name, media type and content.
    Videos: (string * string * byte[]) list
} with

    /// The last sections of a page; `keys` says which keys these are.
    member this.Sections keys = [
        if not this.Configuration.Lines.IsEmpty then
            { Heading = $"Configuration: {keys}"; Parts = [ Texts this.Configuration ] }
        if this.Videos <> [] then
            { Heading = "Latest videos"; Parts = List.map Video this.Videos }
        if this.Commands <> [] then
            { Heading = "Commands"; Parts = [ Commands this.Commands ] }
    ]
