/// Changes of the content of files of tensors that leave most of them readable.
module MtrlFunctional.Reliability.Tests.ForgedContent

open System
open System.Text
open System.Text.RegularExpressions

/// Numbers of headers: sizes, offsets, counters, positions, keys of configurations.
let private numbers = [|
    "-1"
    "0"
    "1"
    "2"
    "7"
    "0.5"
    "100000"
    "16777216"
    "2147483647"
    "4294967296"
    "4611686018427387904"
    "9223372036854775807"
    "1e999"
|]

/// Element types of tensors, and layers of policies.
let private words =
    "F16 F32 F64 BF16 I8 I64 U8 BOOL dense convolve relu tanh layer_norm standardise append_task scale_task blend \
     orthonormalise softmax sum product keep join limit choose"
        .Split
        ' '

/// Values of tensors, as eight bytes: positions, counts, floating-point numbers of one or two times four bytes.
let private values = [|
    BitConverter.GetBytes -1L
    BitConverter.GetBytes 0L
    BitConverter.GetBytes 3L
    BitConverter.GetBytes 2147483648L
    BitConverter.GetBytes Int64.MaxValue
    BitConverter.GetBytes Int64.MinValue
    BitConverter.GetBytes nan
    BitConverter.GetBytes infinity
    BitConverter.GetBytes 1e300
    Array.append (BitConverter.GetBytes nanf) (BitConverter.GetBytes infinityf)
    Array.append (BitConverter.GetBytes 1e30f) (BitConverter.GetBytes -1e30f)
|]

/// Replaces one match of a pattern.
let private replaceOne (random: Random) (pattern: string) (word: string) (text: string) =
    match Regex.Matches(text, pattern) with
    | found when found.Count = 0 -> text
    | found ->
        let chosen = found[random.Next found.Count]
        text[.. chosen.Index - 1] + word + text[chosen.Index + chosen.Length ..]

/// Replaces a number in a text.
let number random (text: string) =
    replaceOne random @"\d+(\.\d+)?" (Fuzz.pick random numbers) text

/// Replaces a word by another one of the text, or by a known one.
let private word (random: Random) (text: string) =
    let found = Regex.Matches(text, @"[A-Za-z_]\w*")

    let other =
        if found.Count = 0 || random.Next 2 = 0 then
            Fuzz.pick random words
        else
            found[random.Next found.Count].Value

    replaceOne random @"[A-Za-z_]\w*" other text

/// Gives a tensor another shape of as many numbers.
let private shape (random: Random) (text: string) =
    match Regex.Matches(text, @"""shape"":\[([\d,]+)\]") with
    | found when found.Count = 0 -> text
    | found ->
        let chosen = found[random.Next found.Count].Groups[1]
        let sizes = chosen.Value.Split ',' |> Array.map int64
        let count = Array.fold (*) 1L sizes

        let others = [|
            [| count |]
            [| 1L; count |]
            [| count; 1L |]
            Array.rev sizes
            Array.append [| 1L |] sizes
            if count % 2L = 0L then
                [| 2L; count / 2L |]
        |]

        let other = String.Join(",", Fuzz.pick random others)
        text[.. chosen.Index - 1] + other + text[chosen.Index + chosen.Length ..]

/// The header of a file of tensors, and where its data begins; none where it has no whole one.
let private header (file: byte[]) =
    if file.Length < 8 then
        None
    else
        match BitConverter.ToInt64(file, 0) with
        | length when length >= 0L && length <= int64 file.Length - 8L ->
            Some(Encoding.UTF8.GetString(file, 8, int length), 8 + int length)
        | _ -> None

let private withHeader (text: string) (data: byte[]) =
    let bytes = Encoding.UTF8.GetBytes text
    Array.concat [ BitConverter.GetBytes(int64 bytes.Length); bytes; data ]

/// A file of tensors with another number in its metadata.
let metadata (key: string) random (file: byte[]) =
    match header file with
    | None -> file
    | Some(text, start) ->
        let other = $"\"{key}\":\"{Fuzz.pick random numbers}\""
        withHeader (Regex.Replace(text, $"\"{key}\":\"[^\"]*\"", other)) file[start..]

/// A file of tensors with another number, word or shape in its header, another value in its data, or bytes that are changed anywhere.
let tensors (random: Random) (file: byte[]) =
    match header file with
    | None -> Fuzz.mutateBytes random file
    | Some(text, start) ->
        let data = file[start..]

        match random.Next 6 with
        | 0 -> Fuzz.mutateBytes random file
        | 3 -> withHeader (shape random text) data
        | 1 -> withHeader (number random text) data
        | 2 -> withHeader (word random text) data
        | _ when data.Length < 8 -> withHeader text [||]
        | _ ->
            let at = 8 * random.Next(data.Length / 8)
            let value = Fuzz.pick random values
            withHeader text (Array.concat [ data[.. at - 1]; value; data[at + 8 ..] ])
