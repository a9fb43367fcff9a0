"""Fetch the open-licensed fonts that samples and training glyphs are drawn with, as TTF files.

    python scripts/fetch_fonts.py [--to fonts]

Takes `@fontsource/*` packages with the `npm` client (all under the SIL Open Font License or Apache-2.0)
and turns their latin regular woff2 into `fonts/{hand,print,hand-test,print-test}/NAME.ttf`. The `-test`
families never reach training. Packages that are already there are not fetched again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fontTools.ttLib import TTFont

FAMILIES = {
    "hand": """annie-use-your-telescope architects-daughter bad-script caveat caveat-brush cedarville-cursive
        coming-soon covered-by-your-grace crafty-girls dancing-script delicious-handrawn delius
        fuzzy-bubbles gaegu gloria-hallelujah gochi-hand handlee homemade-apple indie-flower itim
        just-another-hand kalam kiwi-maru la-belle-aurore loved-by-the-king marck-script mali
        nanum-pen-script neucha nothing-you-could-do over-the-rainbow patrick-hand permanent-marker
        playpen-sans poor-story reenie-beanie rock-salt schoolbell shadows-into-light shadows-into-light-two
        shantell-sans short-stack sriracha sue-ellen-francisco swanky-and-moo-moo the-girl-next-door
        waiting-for-the-sunrise walter-turncoat yomogi zeyada zen-kurenaido hi-melody gamja-flower
        single-day east-sea-dokdo sedgwick-ave mansalva edu-sa-beginner edu-vic-wa-nt-beginner
        edu-nsw-act-foundation edu-tas-beginner edu-qld-beginner grape-nuts rancho give-you-glory
        dawning-of-a-new-day liu-jian-mao-cao long-cang zhi-mang-xing ma-shan-zheng aguafina-script
        alex-brush allison allura amita arizonia babylonica beth-ellen bilbo bilbo-swash-caps birthstone
        birthstone-bounce bonheur-royale butterfly-kids calligraffitti caramel carattere charm charmonman
        chewy clicker-script comforter comforter-brush condiment dekko delius-swash-caps dynalight
        edu-au-vic-wa-nt-hand edu-nsw-act-cursive edu-nsw-act-hand-pre edu-qld-hand edu-sa-hand engagement
        englebert ephesis estonia explora fasthand felipa festive finger-paint fleur-de-leah fondamento
        fuggles grand-hotel great-vibes grechen-fuemen grey-qo gwendolyn hachi-maru-pop herr-von-muellerhoff
        hurricane imperial-script inspiration italianno jim-nightshade julee just-me-again-down-here
        kaushan-script kavivanar kings klee-one knewave kolker-brush league-script licorice lily-script-one
        love-light love-ya-like-a-sister lovers-quarrel luxurious-script lxgw-wenkai-tc macondo mea-culpa
        meddon meow-script monsieur-la-doulaise montez moon-dance mr-bedfort mr-dafoe mr-de-haviland
        mrs-saint-delafield ms-madi niconne norican oooh-baby parisienne passions-conflict patrick-hand-sc
        petit-formal-script pinyon-script playball playwrite-ar playwrite-at playwrite-ca playwrite-fr-trad
        playwrite-nz playwrite-vn princess-sofia puppies-play quintessential qwigley qwitcher-grypen ranga
        redressed rochester romanesco rouge-script ruge-boogie ruthie sacramento sassy-frass satisfy
        seaweed-script send-flowers slackside-one smooch sofia solitreo square-peg stalemate stick
        style-script sunshiney tangerine the-nautigal tillana twinkle-star unkempt vibes vujahday-script
        water-brush waterfall whisper windsong yellowtail yesteryear yuji-boku yuji-mai zcool-kuaile""",
    "hand-test": """amatic-sc chilanka gugi nanum-brush-script comic-neue sniglet vibur damion cookie merienda kristi
        pangolin mynerve""",
    "print": """abel alegreya alegreya-sans amaranth anonymous-pro archivo-narrow arimo arvo asap
        atkinson-hyperlegible b612-mono barlow barlow-condensed bebas-neue bitter cabin cardo cascadia-code
        catamaran chivo comfortaa cormorant cousine crimson-text dejavu-sans dejavu-mono dm-sans
        dm-serif-text dosis eb-garamond exo-2 fira-mono fira-sans fjalla-one frank-ruhl-libre gelasio
        gentium-plus gfs-didot hind ibm-plex-mono ibm-plex-sans ibm-plex-serif im-fell-english inconsolata
        inter jetbrains-mono josefin-sans jost karla lato lekton libre-baskerville libre-caslon-text
        libre-franklin lora maven-pro merriweather montserrat mukta mulish noto-sans noto-serif
        noto-sans-mono nunito old-standard-tt open-sans oswald overpass oxygen playfair-display poppins
        prata prompt pt-mono pt-sans pt-serif public-sans quattrocento quicksand rajdhani raleway roboto
        roboto-condensed roboto-mono roboto-slab rokkitt rubik saira-condensed share-tech-mono slabo-27px
        source-code-pro source-sans-3 source-serif-4 space-grotesk space-mono special-elite spectral
        stix-two-text tinos titillium-web ubuntu ubuntu-mono varela-round vollkorn vt323 work-sans
        zilla-slab bodoni-moda abril-fatface alfa-slab-one courier-prime dm-serif-display sorts-mill-goudy
        abhaya-libre advent-pro afacad albert-sans aldrich allerta almarai almendra amiri andika anek-latin
        antic antic-slab anuphan arapey archivo armata arsenal artifika assistant asul athiti
        atkinson-hyperlegible-next averia-libre averia-sans-libre averia-serif-libre azeret-mono b612
        bai-jamjuree basic baskervville bellefair belleza bellota bentham besley bevan bigshot-one biorhyme
        blinker bodoni-moda-sc bona-nova boogaloo bpmf-huninn brawler bree-serif brygada-1918 buenard
        cactus-classical-serif cagliostro cairo caladea cambay candal cantora-one capriola carlito carme
        carrois-gothic castoro caudex chakra-petch changa chau-philomene-one chelsea-market
        chocolate-classical-sans chonburi cinzel coda commit-mono copse corben cormorant-infant cormorant-sc
        cormorant-upright crete-round crimson-pro crushed darker-grotesque david-libre days-one dejavu-serif
        delius-unicase della-respira doppio-one economica eczar el-messiri electrolize elsie
        elsie-swash-caps enriqueta epilogue esteban exo expletus-sans fahkwang familjen-grotesk farro
        faustina federo figtree fira-sans-condensed fjord-one forum fragment-mono francois-one fraunces
        galdeano gantari geist-mono georama gideon-roman gidole gilda-display glegoo glory gotu gowun-batang
        gowun-dodum graduate gruppo gudea gupter gurajada hahmlet hammersmith-one hanken-grotesk hanuman
        happy-monkey headland-one hepta-slab homenaje hubballi huninn ibarra-real-nova iceland imprima inder
        inika inria-sans inria-serif instrument-sans instrument-serif intel-one-mono inter-tight istok-web
        jaldi joan jockey-one jomolhari josefin-slab jua judson junge jura k2d kadwa kaisei-opti
        kaisei-tokumin kameron kantumruy-pro karma kay-pho-du khand khula kite-one kodchasan kode-mono
        kosugi-maru kreon krona-one krub kurale laila ledger lemon lexend libre-bodoni libre-caslon-display
        life-savers livvic lobster-two lusitana lustria lxgw-wenkai-mono-tc m-plus-1 m-plus-1-code
        m-plus-rounded-1c magra maitree major-mono-display mako manjari manuale marcellus margarine
        marko-one marmelad martian-mono mate mate-sc mclaren merriweather-sans metrophobic michroma milonga
        mitr mochiy-pop-one monaspace-neon monda montaga montagu-slab mukta-malar nanum-gothic
        nanum-gothic-coding nanum-myeongjo news-cycle nixie-one nobile nokora noticia-text noto-sans-display
        noto-sans-jp noto-sans-kr noto-serif-display noto-serif-jp ntr numans oldenburg onest opendyslexic
        oranienbaum orbitron outfit overlock overpass-mono ovo oxanium oxygen-mono padauk pathway-gothic-one
        pattaya patua-one pavanam petrona piazzolla play playfair playfair-display-sc plus-jakarta-sans
        podkova pompiere pontano-sans port-lligat-slab pragati-narrow pridi prociono proza-libre puritan
        quando quantico quattrocento-sans racing-sans-one radio-canada ramabhadra rambla recursive
        red-hat-display red-hat-mono reddit-sans rhodium-libre ropa-sans rosario rosarivo rozha-one ruda
        ruluko russo-one saira salsa sanchez sansita scada scope-one sen seymour-one shanti share-tech
        shippori-mincho sintony snippet sofia-sans sofia-sans-condensed sometype-mono sono sour-gummy
        spinnaker spline-sans spline-sans-mono staatliches stardos-stencil stint-ultra-condensed stoke
        strait stylish sumana syne tauri teko telex text-me-one tienne tiro-bangla tomorrow trirong trispace
        trocchi trykker turret-road ubuntu-condensed ubuntu-sans-mono ultra unbounded unica-one varta
        vesper-libre victor-mono vidaloka viga voltaire wellfleet winky-sans wittgenstein wix-madefor-text
        yaldevi yantramanav young-serif ysabeau zen-antique zen-maru-gothic zen-old-mincho""",
    "print-test": """actor adamina aleo antonio be-vietnam-pro cantarell clear-sans commissioner cutive-mono
        didact-gothic domine encode-sans fira-code geist halant heebo inknut-antiqua kanit kumbh-sans
        league-gothic literata manrope martel neuton newsreader nova-mono orienta philosopher poly questrial
        rufina sarabun signika taviraj tenor-sans unna urbanist volkhov xanh-mono yrsa""",
}


def fetch(name: str, target: Path) -> str:
    """Put one family's latin regular face at target; answers what went wrong, or nothing."""
    if target.exists():
        return ""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["npm", "pack", "--silent", f"@fontsource/{name}"], cwd=folder, capture_output=True, text=True
        )
        packed = list(Path(folder).glob("*.tgz"))
        if done.returncode or not packed:
            return f"{name}: {done.stderr.strip()[:120]}"
        with tarfile.open(packed[0]) as archive:
            wanted = [
                m
                for m in archive.getnames()
                if m.endswith(("latin-400-normal.woff2", "latin-700-normal.woff2"))
            ]
            if not wanted:
                return f"{name}: no latin face"
            face = archive.extractfile(sorted(wanted)[0])
            assert face is not None
            font = TTFont(face, recalcTimestamp=False)  # the same file, and hash, whenever it is fetched
            if not all(ord(c) in font.getBestCmap() for c in "0123456789"):
                return f"{name}: lacks digits"
            font.flavor = None
            target.parent.mkdir(parents=True, exist_ok=True)
            font.save(target)
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, default=Path("fonts"))
    folder = parser.parse_args().to
    tasks = [(n, folder / group / f"{n}.ttf") for group, names in FAMILIES.items() for n in names.split()]
    with ThreadPoolExecutor(8) as pool:
        problems = [p for p in pool.map(lambda task: fetch(*task), tasks) if p]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{sum(t.exists() for _, t in tasks)} of {len(tasks)} families in {folder}")


if __name__ == "__main__":
    main()
