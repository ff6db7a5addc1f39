/// Options that stand before or behind any command.
module MtrlFunctional.Cli.With.GlobalOption

open MtrlFunctional

/// The values of an option, and the other words. Raises MtrlException where a value is missing; `needed` says what it is.
let rec take (option: string) needed (words: string list) : string list * string list =
    let others words = take option needed words

    match words with
    | [ word ] when word = option -> refuse $"{option}: needs {needed}."
    | word :: value :: rest when word = option ->
        let values, rest = others rest
        value :: values, rest
    | word :: rest when word.StartsWith $"{option}=" ->
        let values, rest = others rest
        word.Substring(option.Length + 1) :: values, rest
    | word :: rest ->
        let values, rest = others rest
        values, word :: rest
    | [] -> [], []
