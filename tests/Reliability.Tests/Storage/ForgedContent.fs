/// Changes of the content of files of tensors, and of policies, that leave most of them readable.
module MtrlFunctional.Reliability.Tests.ForgedContent

open System
open System.Text
open System.Text.RegularExpressions
open Google.Protobuf
open MtrlFunctional.Policies
open Onnx

/// Numbers of headers: sizes, offsets, counters, positions, keys of configurations.
let private numbers =
    "-1 0 1 2 7 0.5 100000 16777216 2147483647 4294967296 4611686018427387904 9223372036854775807 1e999"
        .Split
        ' '

/// Element types of tensors.
let private words = "F16 F32 F64 BF16 I8 I64 U8 BOOL".Split ' '

/// Sizes and positions in constants and attributes.
let private sizes = [| -1L; 0L; 1L; 2L; 7L; 16777216L; 4294967296L; Int64.MaxValue |]

/// Values of tensors, as eight bytes: positions, counts, floating-point numbers of one or two times four bytes.
let private values = [|
    for integer in [ -1L; 0L; 3L; 2147483648L; Int64.MaxValue; Int64.MinValue ] do
        BitConverter.GetBytes integer
    for number in [ nan; infinity; 1e300 ] do
        BitConverter.GetBytes number
    for one, other in [ nanf, infinityf; 1e30f, -1e30f ] do
        Array.append (BitConverter.GetBytes one) (BitConverter.GetBytes other)
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

/// The file of a policy with another number in its metadata, another operator, input, attribute, size or value in its graph, or bytes
/// that are changed anywhere.
let model (random: Random) (file: byte[]) =
    let model = ModelProto.Parser.ParseFrom file
    let pick (items: 'a seq) = Fuzz.pick random (Seq.toArray items)
    let nodes, constants = model.Graph.Node, model.Graph.Initializer

    let change () =
        match random.Next 6 with
        | 0 ->
            let text = pick model.MetadataProps
            text.Value <- number random text.Value
        | 1 -> (pick nodes).OpType <- (pick nodes).OpType
        | 2 ->
            let node = pick nodes

            node.Input[random.Next node.Input.Count] <-
                Seq.append (constants |> Seq.map _.Name) (nodes |> Seq.collect _.Output) |> pick
        | 3 ->
            for attribute in (pick nodes).Attribute do
                attribute.I <- pick sizes

                for i in 0 .. attribute.Ints.Count - 1 do
                    attribute.Ints[i] <- pick sizes
        | 4 ->
            let dims = (pick constants).Dims

            if dims.Count > 0 then
                dims[random.Next dims.Count] <- pick sizes
        | _ ->
            let constant = pick constants
            let data = constant.RawData.ToByteArray()

            if data.Length >= 8 then
                Array.blit (pick values) 0 data (8 * random.Next(data.Length / 8)) 8
                constant.RawData <- ByteString.CopyFrom data

    if random.Next 4 = 0 then
        Fuzz.mutateBytes random file
    else
        model.MetadataProps.RemoveAt(model.MetadataProps.Count - 1)
        change ()
        PolicyFile.WithHash model
