module MtrlFunctional.Cli.Tests.Display.StatusLineTests

open Expecto
open System.IO
open MtrlFunctional.Cli.Display

let ``the status line`` = [
    let on (out: TextWriter) width =
        new StatusLine(Some out, (fun () -> width))

    testCase "is one line that is removed at the end" (fun () ->
        use out = new StringWriter()

        (use line = on out 40
         line.Show "1 of 3: a")

        out.ToString() |> equals "\r1 of 3: a\r         \r")

    testCase "is cut at the width of the terminal" (fun () ->
        use out = new StringWriter()
        use line = on out 10
        line.Show "a text that is longer than ten columns"
        out.ToString() |> equals "\ra text t…")

    testCase "draws at most ten texts a second" (fun () ->
        use out = new StringWriter()
        use line = on out 40

        for i in 1..1_000 do
            line.Show $"{i} of 1000"

        // A busy machine may need longer than a tenth of a second for them.
        out.ToString().Split('\r').Length |> isBelow 100)

    testCase "is nothing without a terminal" (fun () ->
        use line = new StatusLine(None, (fun () -> 40))
        line.Show "1 of 3"
        line.Clear())
]
