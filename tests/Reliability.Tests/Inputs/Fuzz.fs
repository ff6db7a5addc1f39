/// Texts that break readers, and mutations of good ones.
module MtrlFunctional.Reliability.Tests.Fuzz

open System

let pick (random: Random) (from: 'a[]) = from[random.Next from.Length]

/// Values of keys and of command-line options.
let values = [|
    ""
    " "
    "nan"
    ".NaN"
    "NAN"
    "inf"
    "-.inf"
    "1e999"
    "-0"
    "0x10"
    "1_000_"
    "99999999999999999999"
    "-1"
    "0"
    "1"
    "2.5"
    "true"
    "null"
    "~"
    "[]"
    "[nan]"
    "[[[[]]]]"
    "{}"
    "{a: nan}"
    "{nan: nan}"
    "[1,2"
    "{a"
    "'"
    "\"\\x\""
    "a\u0000b"
    "\u0000"
    "\ud800"
    "\u202e"
    "${setup.name}"
    "${"
    "${a.b}"
    "${setup.name}${setup.name}"
    "range(1,4)"
    "range(nan,1)"
    "range(1,1000000000)"
    "a,b,c"
    ".."
    "../x"
    "/dev/zero"
    "/dev/null/x"
    "/"
    "-x"
    "--"
    "CON"
    String('a', 5000)
    String('[', 3000)
    "metaworld-mt10"
    "state_sac"
|]

/// A text with one to four mutations of bytes, spans and lines.
let mutate (random: Random) (text: string) =
    let once (text: string) =
        let at = random.Next(max 1 text.Length)
        let length = min (text.Length - min at text.Length) (1 + random.Next 30)

        match random.Next 6 with
        | 0 when text <> "" -> text.Remove(at, length)
        | 1 -> text.Insert(min at text.Length, string (char (random.Next 256)))
        | 2 -> text.Insert(min at text.Length, pick random values)
        | 3 ->
            let marks = [|
                "- "
                "? "
                ": "
                "&a "
                "*a "
                "!!x "
                "| "
                "> "
                "{"
                "}"
                "["
                "]"
                "#"
                "%"
                "---\n"
                "...\n"
                "\t"
                "<<: "
            |]

            text.Insert(min at text.Length, pick random marks)
        | 4 when text <> "" -> text.Insert(at, text.Substring(at, length))
        | _ ->
            let lines = text.Split '\n'

            lines
            |> Array.insertAt (random.Next lines.Length) (pick random lines)
            |> String.concat "\n"

    Seq.fold (fun text _ -> once text) text (seq { 0 .. random.Next 4 })
