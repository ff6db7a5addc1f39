module MtrlFunctional.Reliability.Tests.Inputs.CheckpointHeaderTests

open Expecto
open System
open System.IO
open System.Text
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// Headers of safetensors files that are large.
let ``a header of tensors`` = [
    let file = Path.Combine(TestFolder.create "headers", "file")

    let write (header: string) =
        let bytes = Encoding.UTF8.GetBytes header
        use stream = File.Create file
        stream.Write(ReadOnlySpan(BitConverter.GetBytes(int64 bytes.Length)))
        stream.Write(ReadOnlySpan bytes)

    let many what =
        let entries = String.Join(",", Seq.init 1_000_000 what)
        $"{{{entries}}}"

    testCase "with a million entries or long names is refused within a second" (fun () ->
        let tensor name =
            "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"

        let long = String('n', 10_000_000)
        let metadata i = "\"" + string (i: int) + "\":\"\""

        let headers = [
            fun () -> many (fun i -> tensor (string i))
            fun () -> $"{{{tensor long},{tensor long}}}"
            fun () -> $"{{\"__metadata__\":{many metadata}}}"
            fun () ->
                $"""{{"a":{{"dtype":"F32","shape":[{String.replicate 1_000_000 "0,"}0],"data_offsets":[0,0]}}}}"""
        ]

        for header in List.truncate (LongForm.count 2 4) headers do
            write (header ())

            let openFile () =
                try
                    use _ = SafetensorsFile.Open file
                    ""
                with :? SafetensorsException as e ->
                    e.Message

            let message, seconds = openFile |> ProcessorTime.during ProcessorTime.ofThisThread
            seconds |> isBelow 1.0
            message |> matches "header|shape"
            message.Length |> isBelow 1000)

    testCase "with any change is read or refused, and nothing beyond it is read" (fun () ->
        let whole = file + ".whole"

        SafetensorsWriter.Write(
            whole,
            [
                SafetensorsEntry.Of("matrix", [| 1f; 2f; 3f; 4f; 5f; 6f |], 2L, 3L)
                SafetensorsEntry.Of("counters", [| 5L; 7L |])
                SafetensorsEntry.Of("means", [| 0.5; 6.0 |])
            ],
            readOnlyDict [ "updates", "7"; "names", "a b c" ]
        )

        let content = File.ReadAllBytes whole
        File.Delete whole
        let cases = LongForm.count 1000 100_000
        let random = Random 3
        let mutable read = 0

        for case in 1..cases do
            let changed = ForgedContent.tensors random content
            File.WriteAllBytes(file, changed)

            try
                use opened = SafetensorsFile.Open file

                for tensor in opened.Tensors do
                    let bytes = opened.Raw tensor.Name
                    int64 bytes.Length |> equals tensor.Bytes
                    let from = int tensor.Offset
                    bytes.AsSpan().SequenceEqual(changed.AsSpan(from, bytes.Length)) |> isTrue

                read <- read + 1
            with :? SafetensorsException as e ->
                e.Message |> startsWith file
                e.Message.Length |> isBelow 1000

            LongForm.progress case cases

        read |> isInRange (cases / 10) (cases - 1)
        LongForm.report $"{cases} changed files, {read} read, the others refused")
]
