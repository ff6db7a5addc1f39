namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tests

/// MJCF documents of any origin.
[<TestFixture>]
type ``a model``() =
    let root = Directory.CreateTempSubdirectory("mtrl-models-").FullName
    let folder = Path.Combine(root, "model")
    let secret = Path.Combine(root, "secret.xml")

    let models = Path.Combine(Repository.root, "assets", "dmcontrol")

    let texts = [
        for file in Directory.GetFiles(models, "*.xml") |> Array.sort -> File.ReadAllText file
    ]

    /// The message with which a model is refused; empty: it was loaded.
    let refusal (load: unit -> Model) =
        try
            use _ = load ()
            ""
        with :? PhysicsException as e ->
            e.Message

    /// Numbers that overflow a size, an allocation or a loop; words that are no numbers; paths.
    let words = [|
        "nan"
        "inf"
        "-1"
        "1e300"
        "2147483647"
        "4294967296"
        "1000000"
        "0"
        ""
        "../secret.xml"
        "/etc/passwd"
        String('a', 3000)
        String('1', 5000)
        "&#0;"
        "ball"
    |]

    let pick (random: Random) (from: 'a[]) = from[random.Next from.Length]

    /// A document with a few mutations: of an attribute's value, of a byte, of a line.
    let mutate (random: Random) (text: string) =
        let value = Regex "\"[^\"]*\""

        let once (text: string) =
            let at = random.Next(max 1 text.Length)

            match random.Next 6 with
            | 0
            | 1
            | 2 ->
                let values = value.Matches text

                if values.Count = 0 then
                    text
                else
                    let found = values[random.Next values.Count]
                    let word = pick random words
                    $"{text[.. found.Index]}{word}\"{text[found.Index + found.Length ..]}"
            | 3 -> text.Remove(at, min (text.Length - at) (random.Next 40))
            | 4 -> text.Insert(at, string (char (random.Next 256)))
            | _ ->
                let lines = text.Split '\n'
                let line = pick random lines
                lines |> Array.insertAt (random.Next lines.Length) line |> String.concat "\n"

        Seq.fold (fun text _ -> once text) text (seq { 0 .. random.Next 3 })

    [<OneTimeSetUp>]
    member _.Prepare() =
        Directory.CreateDirectory folder |> ignore
        Directory.CreateDirectory(Path.Combine(folder, "common")) |> ignore

        for part in Directory.GetFiles(Path.Combine(models, "common")) do
            File.Copy(part, Path.Combine(folder, "common", nonNull (Path.GetFileName part)))

        File.WriteAllText(
            secret,
            "<mujocoinclude><worldbody><geom name='secret' size='1'/></worldbody></mujocoinclude>"
        )

        File.CreateSymbolicLink(Path.Combine(folder, "link.xml"), secret) |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(root, true)

    [<Test>]
    member _.``of any text loads or is refused with a message, and the next one loads``() =
        let random = Random 1
        let file = Path.Combine(folder, "model.xml")
        let mutable loaded, slowest = 0, TimeSpan.Zero
        use own = new DmControlModels()
        let cases = Soak.count 60 2000

        for _ in 1..cases do
            File.WriteAllText(file, mutate random (pick random (List.toArray texts)))
            let watch = Stopwatch.StartNew()

            try
                use model = Model.LoadFile file
                loaded <- loaded + 1
            with :? PhysicsException as e ->
                Assert.That(e.Message.Length, Is.LessThan 4000)

            slowest <- max slowest watch.Elapsed
            use good = own.Take "pendulum"
            Assert.That(good.Controls, Is.EqualTo 1)

        File.WriteAllText(file, texts[0])
        use good = Model.LoadFile file
        Assert.That(good.Bodies, Is.GreaterThan 1)
        Soak.report $"{cases} documents, {loaded} loaded, slowest {slowest.TotalSeconds:F2} s"

    [<Test>]
    member _.``with a fatal error stops nothing``() =
        let path = String('a', 3000)
        let text = $"<mujoco><include file=\"{path}\"/></mujoco>"

        for _ in 1..3 do
            Assert.That(refusal (fun () -> Model.LoadText text), Does.Contain "MuJoCo")
            use good = Model.LoadText "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>"
            Assert.That(good.Count ElementKind.Geom, Is.EqualTo 1)

    [<Test>]
    member _.``of this program with a fatal error leaves the next ones loadable``() =
        let text = $"<mujoco><include file=\"{String('a', 3000)}\"/></mujoco>"
        Assert.That(refusal (fun () -> Model.LoadOwnText(text, "own")), Does.Contain "MuJoCo")

        use good =
            Model.LoadOwnText("<mujoco><worldbody><geom size='1'/></worldbody></mujoco>", "own")

        Assert.That(good.Count ElementKind.Geom, Is.EqualTo 1)

    [<TestCase("<include file=\"../secret.xml\"/>")>]
    [<TestCase("<include file=\"link.xml\"/>")>]
    [<TestCase("<asset><mesh name=\"m\" file=\"../secret.stl\"/></asset>")>]
    [<TestCase("<asset><texture name=\"t\" type=\"2d\" file=\"../secret.png\"/></asset>")>]
    [<TestCase("<asset><hfield name=\"h\" file=\"../secret.png\" size=\"1 1 1 1\"/></asset>")>]
    [<TestCase("<compiler meshdir=\"/etc\"/><asset><mesh name=\"m\" file=\"passwd.stl\"/></asset>")>]
    [<TestCase("<include file=\"/dev/zero\"/>")>]
    member _.``opens no file outside its folder``(element: string) =
        for name in [ "secret.stl"; "secret.png" ] do
            File.Copy(secret, Path.Combine(root, name), true)

        let file = Path.Combine(folder, "outside.xml")

        File.WriteAllText(
            file,
            $"<mujoco>{element}<worldbody><geom size='1'/></worldbody></mujoco>"
        )

        Assert.That(refusal (fun () -> Model.LoadFile file), Is.Not.Empty)

        if not (File.Exists "/usr/bin/strace") then
            Assert.Ignore "strace is not installed: the files that are opened are not observed."

        let loader = Path.Combine(AppContext.BaseDirectory, "mtrl_mujoco_loader")
        let trace = Path.Combine(root, "trace")

        let words = [ "-f"; "-e"; "trace=open,openat"; "-o"; trace; loader; folder; file ]

        use traced =
            nonNull (
                Process.Start(ProcessStartInfo("strace", words, RedirectStandardOutput = true))
            )

        traced.StandardOutput.ReadToEnd() |> ignore
        traced.WaitForExit()
        let opened = File.ReadAllLines trace |> Array.filter _.Contains("open")
        let own = opened |> Array.findIndex _.Contains("outside.xml")

        Assert.That(
            opened[own + 1 ..],
            Has.None.Contains("secret").And.None.Contains("passwd").And.None.Contains("/dev/zero")
        )

    [<Test>]
    member _.``of a variant includes no file outside its folder``() =
        for include' in [ "../secret.xml"; "link.xml"; secret ] do
            File.WriteAllText(
                Path.Combine(folder, "walker.xml"),
                $"<mujoco><include file=\"{include'}\"/></mujoco>"
            )

            use models = new DmControlModels(folder)
            let message = refusal (fun () -> models.Take "walker-len-3")
            Assert.That(message, Does.Contain "not a file below its folder")
