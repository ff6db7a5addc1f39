/// Texts that break readers, and mutations of good ones.
module MtrlFunctional.Reliability.Tests.Fuzz

open System
open MtrlFunctional.Tests

let pick (random: Random) (from: 'a[]) = from[random.Next from.Length]

/// Values of keys and of command-line options.
let values = [|
    yield!
        Words.split
            "nan .NaN NAN inf -.inf 1e999 -0 0x10 1_000_ 99999999999999999999 -1 0 1 2.5 true null
            ~ [] [nan] [[[[]]]] {} [1,2 {a ' ${setup.name} ${ ${a.b} ${setup.name}${setup.name}
            range(1,4) range(nan,1) range(1,1000000000) a,b,c .. ../x /dev/zero /dev/null/x / -x --
            CON metaworld-mt10 state_sac"
    yield! [
        ""
        " "
        "{a: nan}"
        "{nan: nan}"
        "\"\\x\""
        "a\u0000b"
        "\u0000"
        "\ud800"
        "\u202e"
    ]
    String('a', 5000)
    String('[', 3000)
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
            let marks = "- |? |: |&a |*a |!!x |> |{|}|[|]|#|%|---\n|...\n|\t|<<: ".Split '|'

            text.Insert(min at text.Length, pick random marks)
        | 4 when text <> "" -> text.Insert(at, text.Substring(at, length))
        | _ ->
            let lines = text.Split '\n'

            lines
            |> Array.insertAt (random.Next lines.Length) (pick random lines)
            |> String.concat "\n"

    Seq.fold (fun text _ -> once text) text (seq { 0 .. random.Next 4 })

/// Sizes that overflow, negative ones, and floating-point numbers that are none.
let private sizes =
    Words.split
        "0x7fffffff 0xffffffff 0x80000000 0x40000000 0x15555556 0x10000000 100000 1 0 0x7f800000
        0x7fc00000"
    |> List.map uint32
    |> List.toArray

/// A file with one to three mutations: its end lost, a bit flipped, four bytes a size (often near the start, where headers
/// are; in both byte orders), a span twice, bytes after its end.
let mutateBytes (random: Random) (file: byte[]) =
    let once (file: byte[]) =
        if file.Length < 4 then
            file
        else
            let at = random.Next file.Length

            let withSize at =
                let size = BitConverter.GetBytes(pick random sizes)
                let size = if random.Next 2 = 0 then size else Array.rev size
                let at = min at (file.Length - 4)
                Array.concat [ file[.. at - 1]; size; file[at + 4 ..] ]

            match random.Next 6 with
            | 0 -> file[.. at - 1]
            | 1 -> Array.updateAt at (file[at] ^^^ (1uy <<< random.Next 8)) file
            | 2 -> withSize at
            | 3 -> withSize (random.Next(min file.Length 24))
            | 4 ->
                Array.insertManyAt at file[at .. min (file.Length - 1) (at + random.Next 40)] file
            | _ -> Array.append file (Array.init (random.Next 40) (fun _ -> byte (random.Next 256)))

    Seq.fold (fun file _ -> once file) file (seq { 0 .. random.Next 3 })
