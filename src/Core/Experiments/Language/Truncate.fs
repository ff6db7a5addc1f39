/// Long input in a message.
module internal MtrlFunctional.Experiments.Truncate

/// At most `count` characters on one line; what is left out is shown as "…".
let text count (input: string) =
    let line = input.ReplaceLineEndings " "

    if line.Length <= count then
        line
    else
        line[.. count - 2] + "…"
