/**
 * How a report looks. Colours of traces are Okabe and Ito's, which everybody can tell apart, with shapes beside them; each colour
 * has a light and a dark value. No font is loaded.
 */
export const STYLE = `
:root{color-scheme:light dark;
--back:light-dark(#f4f6f8,#0e1319);--panel:light-dark(#fff,#161d25);--line:light-dark(#dce2e8,#2b3642);--grid:light-dark(#e9edf1,#232d38);
--text:light-dark(#14202b,#e8eef4);--soft:light-dark(#526070,#9aa8b6);--accent:light-dark(#0072b2,#56b4e9);
--good:light-dark(#00795a,#3ccfa4);--bad:light-dark(#a63c00,#f0a060);--note:light-dark(#7a5b00,#e6c65c);
--good-back:light-dark(#e3f4ee,#12332b);--bad-back:light-dark(#fdeadf,#3b2414);--note-back:light-dark(#fdf4d8,#332c12);
--client:light-dark(#0072b2,#56b4e9);--server:light-dark(#c24e00,#f0a33c);--ack:light-dark(#009e73,#2fd0a0);--window:light-dark(#b0508c,#e39ac4);
--l-link:light-dark(#7b8794,#8c99a6);--l-padding:light-dark(#c3cad1,#4b5763);--l-network:light-dark(#56b4e9,#56b4e9);--l-transport:light-dark(#0072b2,#2d8fd0);
--l-options:light-dark(#f0e442,#d8cc3a);--l-application:light-dark(#cc79a7,#d58cb5);--l-payload:light-dark(#009e73,#1fb98b);--l-other:light-dark(#e69f00,#e69f00);
--mono:ui-monospace,"SF Mono","Cascadia Mono","DejaVu Sans Mono","Liberation Mono",monospace;
font:16px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
:root[data-theme=light]{color-scheme:light}
:root[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box;margin:0}
html{scroll-padding-top:1rem}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
body{max-width:76rem;margin:0 auto;padding:1.25rem clamp(.75rem,3vw,2rem) 3rem;background:var(--back);color:var(--text);font-variant-numeric:tabular-nums;overflow-wrap:break-word}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
main:focus{outline:none}
.skip{position:absolute;top:-4rem;left:1rem;padding:.5rem 1rem;border-radius:.5rem;background:var(--panel);z-index:2}
.skip:focus{top:.5rem}
a{color:var(--accent)}
h1{font-size:1.3rem;line-height:1.2;letter-spacing:-.01em}
h2{margin:2.6rem 0 .9rem;font-size:1.45rem;letter-spacing:-.015em}
h3{font-size:1.08rem;line-height:1.35}
h4{margin:1.9rem 0 .6rem;font-size:1rem}
h5{margin:1.2rem 0 .4rem;font-size:.85rem;color:var(--soft);font-weight:600}
small{color:var(--soft);font-weight:400;font-size:.85em}
code{padding:.05em .3em;border-radius:.25rem;background:var(--grid);font:.88em var(--mono);overflow-wrap:anywhere}
button{padding:.35rem .8rem;border:1px solid var(--line);border-radius:.5rem;background:var(--panel);color:inherit;font:inherit;font-size:.9rem;cursor:pointer}
button:hover{border-color:var(--accent);color:var(--accent)}
[hidden]{display:none!important}
.top{display:flex;flex-wrap:wrap;gap:.5rem .9rem;align-items:center}
.top p{color:var(--soft);font-size:.92rem}
.top>div:nth-child(2){min-width:0;flex:1 1 16rem}
.logo{display:block;flex:none}
.actions{display:flex;gap:.5rem;flex-wrap:wrap}
nav{margin-top:1.1rem;padding:.7rem 1.1rem;border:1px solid var(--line);border-radius:.9rem;background:var(--panel);font-size:.92rem}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;padding:0;list-style:none}
nav ol{padding-left:1.4rem;columns:2 20rem;column-gap:2rem}
nav ul>li:has(ol){flex-basis:100%}
nav li::marker{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:1px;overflow:hidden;border:1px solid var(--line);border-radius:.9rem;background:var(--line)}
.tiles div{padding:.8rem 1.1rem;background:var(--panel);min-width:0}
.tiles b{display:block;font-size:clamp(1.2rem,2.2vw,1.7rem);line-height:1.25;letter-spacing:-.02em}
.tiles span{color:var(--soft);font-size:.85rem}
.summary{margin:1rem 0;padding-left:1.3rem}
.summary li{margin:.25rem 0}
.artefacts{margin:.5rem 0 1rem;padding:.7rem 1.1rem .7rem 2.2rem;border-radius:.7rem;background:var(--note-back);font-size:.93rem}
.artefacts i{color:var(--note)}
.notice{margin-bottom:1rem;padding:.7rem 1.1rem;border-radius:.7rem}
.notice.bad{background:var(--bad-back)}.notice.note{background:var(--note-back)}
.lead,.note,.hint,.about,figcaption span{color:var(--soft)}
.note,.hint{font-size:.86rem}
.note{margin:.5rem 0}
.card,.answers article,.conversation{border:1px solid var(--line);border-radius:.9rem;background:var(--panel)}
.card{padding:1rem 1.3rem}
.answers article{margin:1rem 0;padding:1.1rem 1.3rem}
.answers h3{display:flex;gap:.7rem;align-items:baseline}
.number{flex:none;width:1.7rem;height:1.7rem;border-radius:50%;background:var(--accent);color:var(--panel);font-size:.9rem;line-height:1.7rem;text-align:center}
.body{margin-top:.6rem}
.body p,.inside p{margin:.5rem 0}
.body>p,.body li{max-width:88ch}
.body ol,.body ul{padding-left:1.4rem}
.body li{margin:.35rem 0}
.frame{color:var(--accent);font-weight:600;white-space:nowrap}
.about{margin-top:1rem!important;font-weight:600}
.note-kind{color:var(--soft);font-weight:400}
.plain-list{padding-left:1.2rem}
.badge{display:inline-block;padding:.05rem .6rem;border-radius:1rem;font-size:.82rem;font-weight:600;white-space:nowrap}
.badge.good,.good-text{color:var(--good)}.badge.bad,.bad-text{color:var(--bad)}.badge.note,.note-text{color:var(--note)}
.badge.good{background:var(--good-back)}.badge.bad{background:var(--bad-back)}.badge.note{background:var(--note-back)}.badge.plain{background:var(--grid);color:var(--soft)}
.client-text{color:var(--client)}.server-text{color:var(--server)}

.conversation{margin:1rem 0}
.conversation>summary{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:baseline;padding:.85rem 1.2rem;cursor:pointer;list-style:none}
.conversation>summary::-webkit-details-marker{display:none}
.conversation>summary::before{content:"▸";color:var(--soft);width:.7rem}
.conversation[open]>summary::before{content:"▾"}
.conversation[open]>summary{border-bottom:1px solid var(--line)}
.proto{padding:.1rem .6rem;border-radius:.4rem;background:var(--grid);font-size:.9rem}
.ends{font-family:var(--mono);font-size:.92rem;font-weight:600;overflow-wrap:anywhere}
.facts{display:flex;align-items:center;flex-wrap:wrap;gap:.2rem .5rem;color:var(--soft);font-size:.9rem}
.inside{padding:.1rem 1.3rem 1.3rem}
.told{display:grid;gap:.15rem}
.told>div{display:grid;grid-template-columns:7.5rem 1fr;gap:0 .8rem;padding:.25rem 0}
.told dt{display:flex;gap:.5rem;font-weight:600}
.told dt i{width:1rem;font-style:normal;text-align:center;color:var(--soft)}
.told .good i{color:var(--good)}.told .bad i,.told .bad dt{color:var(--bad)}.told .note i,.told .note dt{color:var(--note)}
.told dd p{margin:0;max-width:90ch}.told dd p+p{margin-top:.2rem}
.told dd p::first-letter{text-transform:uppercase}
details.numbers,details.facts-table,.inside details{margin:.5rem 0}
details:not(.conversation)>summary{color:var(--accent);font-size:.9rem;cursor:pointer;width:max-content;max-width:100%}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:0 2rem;align-items:start}
.pair>*{min-width:0}

.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;margin:.4rem 0;font-size:.88rem;line-height:1.4}
caption{padding-bottom:.3rem;color:var(--soft);text-align:left}
th,td{padding:.28rem .7rem .28rem 0;text-align:right;vertical-align:top;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-weight:500;border-bottom:1px solid var(--line)}
tbody th{font-weight:500}
tbody tr+tr>*{border-top:1px solid var(--grid)}
tfoot>tr>*{border-top:2px solid var(--line);font-weight:600}
.text{text-align:left;white-space:normal}
td.text:last-child:not(:nth-child(2)){min-width:15rem}
th[scope=colgroup]{text-align:left}
td small,th small{display:block}
td.text{min-width:7rem}
.wide td.text,.wide th{min-width:9rem}.wide td{text-align:left}
.versus .part th{padding-left:1.4rem;color:var(--soft);font-weight:400}.versus .part td{color:var(--soft)}.versus th,.versus td{padding-right:1.6rem}
.fields{display:flex;flex-wrap:wrap;gap:0 1.1rem}.fields span{color:var(--soft)}.fields b{color:var(--text);font-weight:600}
.layers td.text{min-width:16rem}
.dump{font:.82rem/1.5 var(--mono)}
.dump th,.dump td{padding:0 1.4rem 0 0;border:0!important;text-align:left;white-space:pre}
.dump th{color:var(--soft);font-weight:400}
.byte{font-style:normal;border-bottom:2px solid var(--tone)}

.bar{display:flex;height:1.7rem;margin:.4rem 0;overflow:hidden;border-radius:.35rem;background:var(--grid)}
.bar i{display:block;min-width:1px;overflow:hidden;background:var(--tone);font-style:normal;border-right:1px solid var(--panel)}
.bar i:last-child{border-right:0}
.bar span{display:block;padding:0 .45rem;overflow:hidden;color:var(--on,#fff);font-size:.76rem;font-weight:600;line-height:1.7rem;text-overflow:clip;white-space:nowrap}
.swatch{display:inline-block;width:.75rem;height:.75rem;margin-right:.45rem;border-radius:.2rem;background:var(--tone);vertical-align:-.05rem}
.layer-link{--tone:var(--l-link)}.layer-padding{--tone:var(--l-padding);--on:#111}.layer-network{--tone:var(--l-network);--on:#06222f}.layer-networkOptions,.layer-transportOptions{--tone:var(--l-options);--on:#2b2800}
.layer-transport{--tone:var(--l-transport)}.layer-application{--tone:var(--l-application);--on:#2b0f20}.layer-payload{--tone:var(--l-payload);--on:light-dark(#fff,#04271c)}.layer-other{--tone:var(--l-other);--on:#2e2000}
.cause-data{--tone:var(--l-payload);--on:light-dark(#fff,#04271c)}.cause-acknowledgement{--tone:var(--l-network);--on:#06222f}.cause-duplicateAcknowledgement{--tone:var(--l-link)}.cause-retransmission{--tone:light-dark(#d55e00,#e8743b)}.cause-repair{--tone:var(--l-other);--on:#2e2000}
.cause-handshake{--tone:var(--l-transport)}.cause-close{--tone:var(--l-application);--on:#2b0f20}.cause-probe{--tone:var(--l-options);--on:#2b2800}.cause-other{--tone:var(--l-padding);--on:#111}
.compared{margin:.5rem 0 1.2rem}
.compared-row{display:grid;grid-template-columns:minmax(6rem,14rem) 1fr 5.5rem;gap:.8rem;align-items:center}
.compared-row>span{overflow-wrap:anywhere;font-size:.92rem}.compared-row>b{text-align:right}

.ladder{margin:1.4rem 0}
figcaption{font-size:.92rem;margin-bottom:.4rem}
.ladder svg{display:block;width:100%;min-width:720px;max-width:1000px;height:auto;font:12px system-ui,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
.ladder text{fill:var(--text);text-anchor:middle;paint-order:stroke;stroke:var(--panel);stroke-width:4px;stroke-linejoin:round}
.ladder .left{text-anchor:start}.ladder .right{text-anchor:end}
.ladder .dim{fill:var(--soft)}
.ladder .mono,.label .numbers,.label .size{font-family:var(--mono);font-size:11px}
.ladder .who{font-weight:650}
.ladder .box{fill:var(--panel);stroke-width:1.5}.ladder .box.client{stroke:var(--client)}.ladder .box.server{stroke:var(--server)}
.ladder .life{stroke-width:2;opacity:.55}.life.client,.arrow.client{stroke:var(--client)}.life.server,.arrow.server{stroke:var(--server)}
.arrow{stroke-width:2;fill:none}.tip.client{fill:var(--client)}.tip.server{fill:var(--server)}
.arrow.bad{stroke:var(--bad)}.tip.bad{fill:var(--bad)}
.arrow.unseen{stroke-dasharray:5 5}
.cross{stroke:var(--bad);stroke-width:3;stroke-linecap:round}
.label .flag{font-weight:700;font-size:11.5px}.flag.syn,.flag.fin{fill:var(--window)}.flag.psh{fill:var(--ack)}.flag.rst,.flag.reset{fill:var(--bad)}.flag.init,.flag.retry,.flag.accept,.flag.close{fill:var(--window)}.flag.repair{fill:var(--ack)}
.label .numbers{fill:var(--soft)}.label .preview{font-family:var(--mono);font-size:11px;fill:var(--ack);font-weight:600}
.ladder .what{fill:var(--soft);font-size:11.5px}
.ladder .fold{fill:var(--soft);font-size:11px}
.break{stroke:var(--panel);stroke-width:4}.zigzag{fill:none;stroke:var(--soft);stroke-width:1.5}
.repair path{fill:none;stroke:var(--bad);stroke-width:2;stroke-dasharray:6 4}.repair circle{fill:var(--bad)}

.charts{margin-top:1.6rem}
.columns{display:grid;gap:0 1.6rem}
.columns.n2{grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
.columns.n1 .column{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 1.6rem}.columns.n1 h4,.columns.n1 .column>.note{grid-column:1/-1}
.column,.chart{min-width:0}
.chart{margin:0 0 1.5rem}
.chart figcaption span{display:block;font-size:.86rem}
.plot{display:grid;grid-template:"y area" 13rem "y x" 1.5rem/3.9rem 1fr;position:relative;margin:1.6rem 1.4rem 0 0}
.area{grid-area:area;position:relative;min-width:0;border-left:1px solid var(--soft);border-bottom:1px solid var(--soft)}
.area svg{position:absolute;inset:0;width:100%;height:100%;overflow:hidden}
.area path{fill:none;vector-effect:non-scaling-stroke}
.area:focus-visible{outline-offset:0}
.grid{stroke:var(--grid);stroke-width:1}
.area .client{stroke:var(--client)}.area .server{stroke:var(--server)}.area .ack{stroke:var(--ack)}.area .window{stroke:var(--window)}
.area .line{stroke-width:1.4;stroke-linejoin:round}
.area .bars{stroke-width:2}
.area .dots{stroke-width:4.5;stroke-linecap:round}.area .dots.server{stroke-linecap:square;stroke-width:4}
.area .dots.sparse{stroke-width:6.5}.area .dots.sparse.server{stroke-width:5.5}
.area .dashes{stroke-width:1.4;stroke-dasharray:5 3}
.area path.area{stroke-width:1.2}.area path.area.client{fill:color-mix(in srgb,var(--client) 24%,transparent)}.area path.area.server{fill:color-mix(in srgb,var(--server) 24%,transparent)}
.mark{position:absolute;translate:-50% -50%;color:var(--bad);font:700 .95rem/1 system-ui,sans-serif;text-shadow:0 0 3px var(--panel),0 0 3px var(--panel);cursor:default}
.ticks{position:relative;color:var(--soft);font-size:.76rem;line-height:1}
.ticks span{position:absolute;white-space:nowrap}
.ticks b{position:absolute;font-weight:600}
.ticks.y{grid-area:y;height:13rem}.ticks.y span{right:.45rem;translate:0 -50%}.ticks.y b{right:.45rem;top:-1.35rem}
.ticks.x{grid-area:x}.ticks.x span{top:.45rem;translate:-50% 0}.ticks.x i{position:absolute;left:100%;padding-left:.25em;font-style:normal;font-weight:600}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;margin:.35rem 2rem .2rem 3.9rem!important;color:var(--soft);font-size:.82rem}
.chart .note{margin:.1rem 0 0 3.9rem}
.key{display:inline-block;width:1.1rem;height:.65rem;margin-right:.4rem;font-style:normal;vertical-align:-.02rem;color:var(--key,var(--bad))}
.key.client{--key:var(--client)}.key.server{--key:var(--server)}.key.ack{--key:var(--ack)}.key.window{--key:var(--window)}
.key.line,.key.dashes{height:0;border-top:2px solid;vertical-align:.25rem}.key.dashes{border-top-style:dashed}
.key.bars{width:.22rem;background:currentcolor}
.key.dots{width:.5rem;height:.5rem;border-radius:50%;background:currentcolor}.key.dots.server{border-radius:0}
.key.area{background:color-mix(in srgb,currentcolor 30%,transparent);border-top:2px solid currentcolor}
.key.sign{width:auto;font-weight:700;height:auto}
.tools{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-bottom:.8rem}
.selection{position:absolute;border:1px solid var(--accent);background:color-mix(in srgb,var(--accent) 18%,transparent);pointer-events:none}
.reading{position:absolute;right:.3rem;top:.3rem;padding:.05rem .4rem;border-radius:.3rem;background:var(--panel);color:var(--soft);font-size:.76rem;pointer-events:none;opacity:.94}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);opacity:.6;pointer-events:none}
[data-charts] .area.live{user-select:none;-webkit-user-select:none;cursor:crosshair;touch-action:pan-y}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.86rem}

@media screen and (max-width:44rem){
.tiles{grid-template-columns:repeat(2,1fr)}.tiles div:first-child{grid-column:1/-1}
.told>div{grid-template-columns:1fr}.told dt{margin-top:.3rem}
.inside,.card,.answers article{padding-left:.9rem;padding-right:.9rem}
.plot{grid-template-columns:3.2rem 1fr}.legend,.chart .note{margin-left:3.2rem!important}
.compared-row{grid-template-columns:1fr 4.5rem}.compared-row>span{grid-column:1/-1}
h2{margin-top:2rem}
}
@media print{
@page{size:A4;margin:16mm 14mm}
:root,:root[data-theme]{color-scheme:light;font-size:10.5pt;--back:#fff}
body{max-width:none;padding:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.skip,.actions,.tools,details:not([open]),.cursor,.reading{display:none!important}
nav{break-after:avoid}
.scroll{overflow:visible}
h2,h3,h4,h5,figcaption,.about,.conversation>summary{break-after:avoid}
.chart,tr,.tiles,.told>div,.bar,.verdict,.compared,.artefacts li{break-inside:avoid}
.answers article,.conversation,.card{border:0;border-top:1px solid var(--line);border-radius:0;padding-left:0;padding-right:0}
.conversation>summary{padding-left:0}.conversation>summary::before{content:none!important}
.inside{padding:0}
#answers,[id^=conversations]{break-before:page}
.plot{grid-template-rows:9.5rem 1.5rem}.ticks.y{height:9.5rem}
.columns.n2{grid-template-columns:1fr 1fr}
.ladder svg{min-width:0;max-width:none}
table{font-size:8.6pt}th,td{white-space:normal}
a{color:inherit;text-decoration:none}
}
`;
