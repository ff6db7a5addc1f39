namespace MtrlFunctional.Experiments

open System

/// One mistake in a configuration: what is wrong where, what was found, what is right.
[<RequireQualifiedAccess>]
type ConfigError =
    internal
    /// A word that is no override at all.
    | Malformed of word: string * why: string
    /// A YAML text that cannot be read; lines count from 1.
    | BadYaml of line: int * why: string
    | UnknownKey of key: string * nearest: string list
    /// A value outside what the key allows; `advice` is a whole sentence or empty.
    | BadValue of key: string * value: Value * allowed: string * advice: string
    /// `${reference}` names no key.
    | UnknownReference of key: string * reference: string * nearest: string list
    /// References that lead back to where they began.
    | Circle of keys: string list
    /// A group word that must be given.
    | NotChosen of group: string * choices: string list
    /// `~key` on a key that the program needs.
    | Needed of key: string
    /// Of another kind of agent or environment than the group word chose; `instead` is the key that serves here, or empty.
    | NoUse of key: string * word: string * instead: string
    /// Names a part of an extension that was not given.
    | NotGiven of key: string * word: string
    /// A stored configuration with many keys that are not here.
    | OtherVersion of unknown: string list

    /// A message lists no more names of a group.
    static member internal MostNames = 24

    /// A message lists no more keys of another version.
    static member internal MostUnknown = 3

    override this.ToString() =
        let join (names: string list) = String.Join(", ", names)

        let near = MtrlFunctional.Nearest.sentence

        let show value =
            Truncate.text 80 (ValueText.print value)

        let sentence text = if text = "" then "" else $" {text}"

        match this with
        | Malformed(word, why) -> $"{Truncate.text 80 word}: {why}."
        | BadYaml(line, why) -> $"line {line}: {why}."
        | UnknownKey(key, []) ->
            $"{Truncate.text 80 key}: no such key. 'mtrl config --keys' lists all."
        | UnknownKey(key, nearest) -> $"{Truncate.text 80 key}: no such key.{near nearest}"
        | BadValue(key, value, allowed, advice) ->
            $"{key} = {show value}: must be {allowed}.{sentence advice}"
        | UnknownReference(key, "", _) -> $"{key}: has a reference to nothing; write ${{KEY}}."
        | UnknownReference(key, reference, nearest) ->
            $"{key}: refers to {Truncate.text 80 reference}, and there is no such key.{near nearest}"
        | Circle keys ->
            let path = Truncate.text 400 (String.Join(" -> ", keys))
            $"{List.head keys}: refers to itself ({path})."
        | NotChosen(group, choices) when choices.Length > ConfigError.MostNames ->
            $"{group}: not chosen. Add {group}=NAME, such as {group}={choices.Head}; 'mtrl list {group}s' prints the names."
        | NotChosen(group, choices) -> $"{group}: not chosen. Add {group}= one of {join choices}."
        | Needed key -> $"~{key}: cannot be taken away, it is needed."
        | NoUse(key, word, "") -> $"{key}: {word} has no use for it."
        | NoUse(key, word, instead) ->
            $"{key}: {word} has no use for it. What serves here: {instead}."
        | OtherVersion unknown ->
            let first =
                unknown |> List.truncate ConfigError.MostUnknown |> List.map (Truncate.text 80)

            $"{join first} and {unknown.Length - first.Length} more are no keys of this version: another version of the program wrote the configuration. Go on with that version, or train anew in another folder (setup.name)."
        | NotGiven(key, word) ->
            $"{key}={Truncate.text 80 word}: no extension of this name is given. Name the script or library that has it: --with FILE. A program passes it as Extensions (docs/guides/extending.md)."

/// A value that is right by itself and wrong beside others.
type Conflict = internal {
    Key: string
    /// In a message in the place of the key's value.
    Shown: Value option
    /// "at least 1": completes "must be …".
    Allowed: string
    /// A whole sentence, or empty.
    Advice: string
}

/// One remark on a configuration that is right: `where: what`.
type Warning = {
    Key: string
    Text: string
} with

    override this.ToString() = $"{this.Key}: {this.Text}"
