/// MJCF documents that break readers: mutations of good ones, elements that name files elsewhere, bombs of entities,
/// sizes and depths.
module MtrlFunctional.Reliability.Tests.HostileModels

open System
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Tests

/// Where the documents come from.
let private models = Path.Combine(Repository.root, "assets", "dmcontrol")

/// The files that they include, which are to be in a folder `common` beside them.
let common = Path.Combine(models, "common")

let good = [|
    for file in Directory.GetFiles(models, "*.xml") |> Array.sort -> File.ReadAllText file
|]

/// A document with elements before its world.
let withElements elements =
    $"<mujoco>{elements}<worldbody><geom size='1'/></worldbody></mujoco>"

/// Ways out of the folder of a model. Beside the folder are files `secret.xml`, `secret.stl`, `secret.png`; the links
/// `link.xml` and `links` in the folder name the first one and the folder around it.
let waysOut = [|
    "<include file=\"../secret.xml\"/>"
    "<include file=\"link.xml\"/>"
    "<include file=\"links/secret.xml\"/>"
    "<include file=\"common/../../secret.xml\"/>"
    "<asset><mesh name=\"m\" file=\"../secret.stl\"/></asset>"
    "<asset><texture name=\"t\" type=\"2d\" file=\"../secret.png\"/></asset>"
    "<asset><hfield name=\"h\" file=\"../secret.png\" size=\"1 1 1 1\"/></asset>"
    "<asset><skin name=\"s\" file=\"../secret.skn\"/></asset>"
    "<compiler meshdir=\"..\"/><asset><mesh name=\"m\" file=\"secret.stl\"/></asset>"
    "<compiler meshdir=\"/etc\"/><asset><mesh name=\"m\" file=\"passwd.stl\"/></asset>"
    "<include file=\"/dev/zero\"/>"
    "<include file=\"/proc/self/environ\"/>"
    "<include file=\"pipe\"/>"
|]

/// Numbers that overflow a size, an allocation or a loop; words that are no numbers; paths.
let private words = [|
    yield!
        Words.split
            "nan inf -1 1e300 2147483647 4294967296 1000000 0 ../secret.xml /etc/passwd &#0; ball"
    ""
    String('a', 3000)
    String('1', 5000)
|]

/// A document with a few mutations: of an attribute's value, of a byte, of a line, an element that names a file elsewhere.
let mutate (random: Random) (text: string) =
    let once (text: string) =
        let at = random.Next(max 1 text.Length)

        match random.Next 7 with
        | 0
        | 1
        | 2 ->
            let values = Regex.Matches(text, "\"[^\"]*\"")

            if values.Count = 0 then
                text
            else
                let found = values[random.Next values.Count]
                let word = Fuzz.pick random words
                $"{text[.. found.Index]}{word}\"{text[found.Index + found.Length ..]}"
        | 3 -> text.Remove(at, min (text.Length - at) (random.Next 40))
        | 4 -> text.Insert(at, string (char (random.Next 256)))
        | 5 ->
            let world = text.IndexOf "<worldbody"

            if world < 0 then
                text
            else
                text.Insert(world, Fuzz.pick random waysOut)
        | _ ->
            let lines = text.Split '\n'
            let line = Fuzz.pick random lines
            lines |> Array.insertAt (random.Next lines.Length) line |> String.concat "\n"

    Seq.fold (fun text _ -> once text) text (seq { 0 .. random.Next 3 })

let private world = "<worldbody><geom size='1'/></worldbody>"

/// Documents whose entities grow when they are read, or name other files; and one that includes itself.
let entities =
    let typed declarations name =
        $"<!DOCTYPE mujoco [{declarations}]><mujoco model=\"{name}\">{name}{world}</mujoco>"

    let tenfold =
        String.concat "" [
            for i in 1..9 do
                let inner = String.replicate 10 $"&a{i - 1};"
                $"<!ENTITY a{i} \"{inner}\">"
        ]

    [|
        "entities of entities", typed $"<!ENTITY a0 \"aaaaaaaaaa\">{tenfold}" "&a9;"
        "a long entity, often",
        typed $"<!ENTITY a \"{String('x', 50_000)}\">" (String.replicate 3000 "&a;")
        "an entity of itself", typed "<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">" "&a;"
        "an external entity", typed "<!ENTITY a SYSTEM \"../secret.xml\">" "&a;"
        "an external entity elsewhere", typed "<!ENTITY a SYSTEM \"file:///etc/passwd\">" "&a;"
        "an entity of a parameter",
        typed "<!ENTITY % a \"<!ENTITY b SYSTEM '../secret.xml'>\"> %a;" "&b;"
        "an external document type",
        $"<!DOCTYPE mujoco SYSTEM \"../secret.xml\"><mujoco>{world}</mujoco>"
        "itself", withElements "<include file=\"model.xml\"/>"
    |]

/// Documents of great depth, and with great sizes.
let sizes =
    let repeat (count: int) (text: string) = String.replicate count text
    let attributes = String.Join(" ", Seq.init 5000 (fun i -> $"a{i}=\"1\""))

    [|
        "a deep tree", $"""<mujoco>{repeat 20_000 "<default>"}"""
        "deep bodies",
        $"""<mujoco><worldbody>{repeat 20_000 "<body>"}{repeat 20_000 "</body>"}</worldbody></mujoco>"""
        "many attributes", $"<mujoco {attributes}>{world}</mujoco>"
        "many geoms",
        $"""<mujoco><worldbody>{repeat 2000 "<geom size='1'/>"}</worldbody></mujoco>"""
        "many joints",
        $"""<mujoco><worldbody>{repeat 2000 "<body><joint/><geom size='1'/></body>"}</worldbody></mujoco>"""
        "a large grid",
        "<mujoco><worldbody><body><composite type='grid' count='300 300 1' spacing='0.05'><geom size='.02'/></composite></body></worldbody></mujoco>"
        "a large texture",
        withElements
            "<asset><texture name='t' builtin='flat' width='2147483647' height='2147483647'/></asset>"
        "a texture of 768 MB",
        withElements
            "<asset><texture name='t' type='2d' builtin='flat' width='16000' height='16000'/></asset>"
        "large heights",
        withElements "<asset><hfield name='h' nrow='46341' ncol='46341' size='1 1 1 1'/></asset>"
        "many constraints", withElements "<size njmax='200000' nconmax='2147483647'/>"
        "a large stack", withElements "<size nstack='2000000000'/>"
        "much user data", withElements "<size nuserdata='2000000000' nuser_body='2000000000'/>"
    |]
