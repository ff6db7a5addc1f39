namespace MtrlFunctional

open System

/// A part of an experiment that a program adds to those of the library, by its name: "own/NAME" in configurations.
/// Two are equal where their names are equal. `Part` is none where a configuration is read without the program
/// that has it.
[<Sealed>]
type Own<'part> internal (name: string, part: 'part option) =
    /// The name in configurations.
    member _.Name = name

    /// The part itself.
    member _.Part = part

    override _.Equals other =
        match other with
        | :? Own<'part> as other -> other.Name = name
        | _ -> false

    override _.GetHashCode() =
        name.GetHashCode StringComparison.Ordinal

    override _.ToString() = Own<'part>.Prefix + name

    /// What the words of own parts begin with.
    static member internal Prefix = "own/"

/// Own parts and their words.
module internal Own =
    let private prefix = Own<unit>.Prefix

    /// "own/NAME".
    let word name = prefix + name

    /// The part that a word names, among those with these names; none for the word of another kind.
    let ofWord (parts: (string * 'part) list) (word: string) : Own<'part> option =
        if word.StartsWith(prefix, StringComparison.Ordinal) && word.Length > prefix.Length then
            let name = word.Substring prefix.Length
            let part = parts |> List.tryFind (fst >> (=) name) |> Option.map snd
            Some(Own(name, part))
        else
            None

    /// The part itself. Raises InvalidOperationException where the configuration was read without it.
    let part (own: Own<'part>) =
        match own.Part with
        | Some part -> part
        | None -> invalidOp $"{own}: no extension of this name was given."
