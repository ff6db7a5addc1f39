/// How the program says that words of its user are wrong.
[<AutoOpen>]
module internal MtrlFunctional.Refusal

/// Several mistakes, which are reported together.
exception Mistakes of string list

/// Raises MtrlException.
let refuse (why: string) : 'value = raise (MtrlException why)

let refuseAll (mistakes: string list) : 'value = raise (Mistakes mistakes)

/// What was read. Raises all mistakes where it was not.
let valid result = Result.defaultWith refuseAll result

/// What was read in each. Raises all mistakes, each once, where some was not.
let allValid results =
    match
        results
        |> List.collect (function
            | Error mistakes -> mistakes
            | Ok _ -> [])
    with
    | [] -> List.map valid results
    | mistakes -> refuseAll (List.distinct mistakes)

/// The message about a word that is none of some names.
let noneOf names what (word: string) =
    let all = String.concat ", " names
    $"{word}: {what}.{Nearest.hint names word} There are: {all}."

/// The value of a word of an option. Raises MtrlException where it is none of the named ones.
let oneOf (named: (string * 'value) list) option word =
    match List.tryFind (fst >> (=) word) named with
    | Some(_, value) -> value
    | None ->
        let names = List.map fst named
        let all = String.concat ", " names
        refuse $"{option} {word}: must be one of {all}.{Nearest.hint names word}"
