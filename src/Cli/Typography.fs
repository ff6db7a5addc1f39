/// Quotation marks and dashes that web pages and word processors make of typed ones, in words that were copied from there.
module MtrlFunctional.Cli.Typography

open MtrlFunctional

let private marks = [| '“'; '”'; '„'; '‘'; '’'; '‚' |]
let private dashes = [| '–'; '—' |]
let private strokes = Array.append dashes [| '-' |]

let private withoutMarks (part: string) =
    if part <> "" && Array.contains part[0] marks then
        part.Trim marks
    else
        part

/// The word as it was typed.
let private typed (word: string) =
    let parts = (withoutMarks word).Split('=', 2)
    let word = parts |> Array.map withoutMarks |> String.concat "="
    let name = word.TrimStart strokes
    let before = word.Substring(0, word.Length - name.Length)

    if name = "" || before.IndexOfAny dashes < 0 then
        word
    elif Array.head (name.Split '=') |> String.length = 1 then
        "-" + name
    else
        "--" + name

/// Refuses words with such marks around a name or a value, or with such dashes before an option.
let check (words: string list) =
    match words |> List.filter (fun word -> typed word <> word) with
    | [] -> ()
    | wrong ->
        let right = wrong |> List.map (typed >> Shell.quoted) |> String.concat " "

        refuse
            $"""{String.concat " " wrong}: has quotation marks or dashes as web pages and word processors set them. Write {right}."""
