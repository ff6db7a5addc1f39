namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional.Cli.Display

[<TestFixture>]
module ``the status line`` =
    let private on (out: TextWriter) width =
        new StatusLine(Some out, (fun () -> width))

    [<Test>]
    let ``is one line that is removed at the end`` () =
        use out = new StringWriter()

        (use line = on out 40
         line.Show "1 of 3: a")

        Assert.That(out.ToString(), Is.EqualTo("\r1 of 3: a\r         \r"))

    [<Test>]
    let ``is cut at the width of the terminal`` () =
        use out = new StringWriter()
        use line = on out 10
        line.Show "a text that is longer than ten columns"
        Assert.That(out.ToString(), Is.EqualTo "\ra text t…")

    [<Test>]
    let ``draws at most ten texts a second`` () =
        use out = new StringWriter()
        use line = on out 40

        for i in 1..1_000 do
            line.Show $"{i} of 1000"

        // A busy machine may need longer than a tenth of a second for them.
        Assert.That(out.ToString().Split('\r'), Has.Length.LessThan 100)

    [<Test>]
    let ``is nothing without a terminal`` () =
        use line = new StatusLine(None, (fun () -> 40))
        line.Show "1 of 3"
        line.Clear()
