namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tests

/// MJCF documents of any origin, and the files that they name.
[<TestFixture; NonParallelizable; Category "NativeCode">]
type ``a model``() =
    let root = Directory.CreateTempSubdirectory("mtrl-models-").FullName
    let folder = Path.Combine(root, "model")
    let file = Path.Combine(folder, "model.xml")
    let secret = Path.Combine(root, "secret.xml")

    let secrets = [ for kind in [ "xml"; "stl"; "png"; "skn" ] -> $"secret.{kind}" ]

    /// The message with which a model is refused; empty: it was loaded.
    let refusal (load: unit -> Model) =
        try
            use _ = load ()
            ""
        with :? PhysicsException as e ->
            e.Message

    let own name =
        Model.LoadOwnText("<mujoco><worldbody><geom size='1'/></worldbody></mujoco>", name)

    /// Loads a good model in a process of its own, and compiles another one in this process.
    let requireGood () =
        use good = Model.LoadFile(Path.Combine(folder, "good.xml"))
        Assert.That(good.Bodies, Is.GreaterThan 1)
        use own = own "own"
        Assert.That(own.Count ElementKind.Geom, Is.EqualTo 1)

    /// Seconds of processor time that a model of so many bytes may take: its limit, and the start and the end of its process,
    /// which sanitizers and a busy machine make longer.
    let limit (bytes: int) = 1.0 + 1e-5 * float bytes + 0.5

    /// Loads the model's file, then the good ones; true and the seconds of processor time, where it was loaded. No file beside
    /// the folder may be opened meanwhile.
    let attempt (opened: OpenedFiles) (what: string) =
        opened.Take() |> ignore

        let message, seconds =
            ProcessorTime.during ProcessorTime.ofChildren (fun () ->
                refusal (fun () -> Model.LoadFile file))

        Assert.That(message.Length, Is.LessThan 4000, what)
        Assert.That(opened.Take(), Is.Empty, what)
        requireGood ()
        message = "", seconds

    [<OneTimeSetUp>]
    member _.Prepare() =
        Directory.CreateDirectory(Path.Combine(folder, "common")) |> ignore

        for part in Directory.GetFiles HostileModels.common do
            File.Copy(part, Path.Combine(folder, "common", nonNull (Path.GetFileName part)))

        for name in secrets do
            File.WriteAllText(
                Path.Combine(root, name),
                "<mujocoinclude><worldbody><geom name='secret' size='1'/></worldbody></mujocoinclude>"
            )

        File.CreateSymbolicLink(Path.Combine(folder, "link.xml"), secret) |> ignore
        File.CreateSymbolicLink(Path.Combine(folder, "links"), root) |> ignore
        Assert.That(SpecialFiles.mkfifo (Path.Combine(folder, "pipe"), 0o600u), Is.Zero)

        File.WriteAllText(
            Path.Combine(folder, "good.xml"),
            "<mujoco><worldbody><body><joint/><geom size='1'/></body></worldbody></mujoco>"
        )

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(root, true)

    /// The first of all tests of this class, since a later one makes the parser of this process unusable.
    [<Test; Order 1>]
    member _.``of any text loads or is refused with a message, and the next one loads``() =
        let random = Random 1
        let mutable loaded, slowest = 0, 0.0
        use opened = new OpenedFiles(root)
        let cases = LongForm.count 40 2000

        for case in 1..cases do
            File.WriteAllText(
                file,
                HostileModels.mutate random (Fuzz.pick random HostileModels.good)
            )

            let isLoaded, seconds = attempt opened $"text {case}"
            Assert.That(seconds, Is.LessThanOrEqualTo 1.0, $"text {case}")
            loaded <- loaded + if isLoaded then 1 else 0
            slowest <- max slowest seconds
            LongForm.progress case cases

        Assert.That(loaded, Is.GreaterThan(0).And.LessThan cases)

        LongForm.report
            $"{cases} texts, {loaded} loaded, at most {slowest:F2} s of processor time; good models after each"

    [<Test; Order 2>]
    member _.``of a bomb loads or is refused with a message, and the next one loads``() =
        let mutable slowest = 0.0
        use opened = new OpenedFiles(root)

        let bombs = Array.append HostileModels.entities HostileModels.sizes

        for what, text in bombs do
            File.WriteAllText(file, text)
            let _, seconds = attempt opened what
            Assert.That(seconds, Is.LessThan(limit text.Length), what)
            slowest <- max slowest seconds

        LongForm.report
            $"{bombs.Length} bombs, at most {slowest:F2} s of processor time; good models after each"

    [<Test; Order 3>]
    member _.``with a broken file loads or is refused with a message, and the next one loads``() =
        let random = Random 2
        let mutable loaded, slowest = 0, 0.0
        use opened = new OpenedFiles(root)
        let cases = LongForm.count 27 1800

        let load what (part: ModelFiles.ModelFile) (content: byte[]) =
            File.WriteAllBytes(Path.Combine(folder, part.Name), content)
            File.WriteAllText(file, part.Document)
            attempt opened what

        for part in ModelFiles.all do
            Assert.That(fst (load part.Name part part.Content), part.Name)

        for case in 1..cases do
            let part = ModelFiles.all[case % ModelFiles.all.Length]
            let what = $"file {case}, {part.Name}"
            let content = Fuzz.mutateBytes random part.Content
            let isLoaded, seconds = load what part content
            Assert.That(seconds, Is.LessThan(limit content.Length), what)
            loaded <- loaded + if isLoaded then 1 else 0
            slowest <- max slowest seconds
            LongForm.progress case cases

        Assert.That(loaded, Is.LessThan cases)

        LongForm.report
            $"{cases} broken files, {loaded} loaded, at most {slowest:F2} s of processor time; good models after each"

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

        use good = own "own"
        Assert.That(good.Count ElementKind.Geom, Is.EqualTo 1)

    [<TestCaseSource "WaysOut">]
    member _.``opens no file outside its folder``(element: string) =
        File.WriteAllText(file, HostileModels.withElements element)
        use opened = new OpenedFiles(root)
        Assert.That(refusal (fun () -> Model.LoadFile file), Is.Not.Empty)
        Assert.That(opened.Take(), Is.Empty)
        // An opened file is noticed.
        File.ReadAllText secret |> ignore
        Assert.That(opened.Take(), Is.EqualTo(box [ "secret.xml" ]))

    static member WaysOut = HostileModels.waysOut

    /// Other places than the folder around the model's are observed by strace, where it is installed.
    [<Test>]
    member _.``makes no system call that opens another file, changes one or starts a program``() =
        let random = Random 1

        let documents =
            List.concat [
                [ for element in HostileModels.waysOut -> HostileModels.withElements element ]
                [ for _, text in HostileModels.entities -> text ]
                [ for part in ModelFiles.all -> part.Document ]
                [
                    for _ in 1 .. LongForm.count 20 2000 ->
                        HostileModels.mutate random (Fuzz.pick random HostileModels.good)
                ]
            ]

        for part in ModelFiles.all do
            let broken = Fuzz.mutateBytes random part.Content
            File.WriteAllBytes(Path.Combine(folder, part.Name), broken)

        // Beside the others: what they name is relative to their own folder.
        let names = [
            for case, text in List.indexed documents do
                let name = Path.Combine(folder, $"traced-{case}.xml")
                File.WriteAllText(name, text)
                name
        ]

        let calls = LoaderTrace.record folder names

        let wrong = [
            for call in calls do
                if not (LoaderTrace.isAllowed folder call) then
                    call
        ]

        Assert.That(wrong, Is.Empty)
        // Each of them was read.
        Assert.That(names |> List.filter (LoaderTrace.opened calls >> not), Is.Empty)
        LongForm.report $"{names.Length} documents, {calls.Length} calls traced, no file elsewhere"

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
