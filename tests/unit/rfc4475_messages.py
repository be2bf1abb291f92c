r"""The torture messages of RFC 4475, by their names there: each with what a careful element does with it.

Verdicts: "accept" (it is valid), a status (a request to be refused with it), "drop" (a response, or a request that cannot be answered),
"either" (the RFC leaves it open). Bytes in \xNN stand for the RFC's <hex> notation.
"""

from typing import NamedTuple


class Torture(NamedTuple):
    name: str
    section: str
    verdict: str
    message: bytes


def _m(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode("utf-8")


_SDP = """v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.3
s=-
c=IN IP4 192.0.2.4
t=0 0
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC
"""


def _request(start: str, headers: str, body: str = "") -> bytes:
    return _m(start + "\n" + headers.strip("\n") + "\n\n" + body)


_COMMON = """Max-Forwards: 70
Call-ID: torture.sdf98
Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKtorture
From: <sip:caller@example.net>;tag=234h
"""

MESSAGES = [
    Torture("wsinv", "3.1.1.1", "accept", _m(r"""
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 150
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

""") + _m(_SDP)[:150].ljust(150, b" ")),
    Torture("intmeth", "3.1.1.2", "accept", _m(r"""
!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\BEL NUL:\NUL DEL:\DEL" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_`'~:大停電
Content-Length: 0

""").replace(b"\\BEL", b"\\\x07").replace(b"\\NUL", b"\\\x00").replace(b"\\DEL", b"\\\x7f")),
    Torture("esc01", "3.1.1.3", "accept", _request(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", _COMMON + """To: sip:%75se%72@example.com
CSeq: 234234 INVITE
Contact: <sip:cal%6Cer@192.0.2.2:5060;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: 0""")),
    Torture("escnull", "3.1.1.4", "accept", _request(
        "REGISTER sip:example.com SIP/2.0", """To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Contact: <sip:%00%00@host6.example.com>
L:0""")),
    Torture("esc02", "3.1.1.5", "accept", _request(
        "RE%47IST%45R sip:registrar.example.com SIP/2.0", _COMMON + """To: "%Z%45" <sip:resource@example.com>
CSeq: 234234 RE%47IST%45R
Contact: <sip:alias1@host1.example.com>
C%6Fntact: <sip:alias2@host2.example.com>
Contact: <sip:alias3@host3.example.com>
Content-Length: 0""")),
    Torture("lwsdisp", "3.1.1.6", "accept", _request(
        "OPTIONS sip:user@example.com SIP/2.0", """To: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID: lwsdisp.1234abcd@funky.example.com
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
l: 0""")),
    Torture("longreq", "3.1.1.7", "accept", _request(
        "INVITE sip:user@example.com SIP/2.0", f"""To: "I have a user name of {'extreme ' * 20}proportion" <sip:user@example.com:6000;{'unknownparam=verylong' + 'x' * 200}>
F: sip:{'amazinglylongcallername' * 5}@example.net;tag=12{'982424' * 30};unknownheaderparam{'name' * 20}=unknown{'value' * 20};unknownValuelessparam{'name' * 10}
Call-ID: longreq.one{'really' * 20}longcallid
CSeq: 3882340 INVITE
Unknown-{'Long' * 20}-Name: unknown-{'long' * 20}-value; unknown-{'long' * 20}-parameter-name = unknown-{'long' * 20}
Via: SIP/2.0/TCP sip33.example.com
v: SIP/2.0/TCP sip32.example.com
V: SIP/2.0/TCP sip31.example.com
Via: SIP/2.0/TCP sip30.example.com, SIP/2.0/TCP sip29.example.com, SIP/2.0/TCP sip28.example.com
Max-Forwards: 70
Contact: <sip:{'amazinglylongcallername' * 5}@host5.example.net>
Content-Type: application/sdp
l: {len(_m(_SDP))}""", _SDP)),
    Torture("dblreq", "3.1.1.8", "accept", _m("""
REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
Contact: sip:j.user@host.example.com
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
Content-Length: 0


INVITE sip:joe@example.com SIP/2.0
t: sip:joe@example.com
From: sip:caller@example.net;tag=141334
""")),
    Torture("semiuri", "3.1.1.9", "accept", _request(
        "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", """To: sip:j_user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Call-ID: semiuri.0ha0isndaksdj
CSeq: 8 OPTIONS
Accept: application/sdp, application/pkcs7-mime, multipart/mixed, multipart/signed, message/sip, message/sipfrag
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
l: 0""")),
    Torture("transports", "3.1.1.10", "accept", _request(
        "OPTIONS sip:user@example.com SIP/2.0", """To: sip:user@example.com
From: <sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID:  transports.kijh4akdnaqjkwendsasfdj
Accept: application/sdp
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
l: 0""")),
    Torture("mpart01", "3.1.1.11", "accept", _request("MESSAGE sip:kumiko@example.org SIP/2.0", _COMMON + """To: <sip:kumiko@example.org>
CSeq: 1 MESSAGE
Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
Content-Length: 101""", "") + b"--7a9cbec02ceef655\r\nContent-Type: application/octet-stream\r\n\r\n\x00\xff\xfe0\x82\x01\r\n--7a9cbec02ceef655--".ljust(101, b"\n")),
    Torture("unreason", "3.1.1.12", "accept", _m("""
SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 0

""")),
    Torture("noreason", "3.1.1.13", "accept", _m("SIP/2.0 100 \nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: noreason.asndj203insdf99223ndf\nCSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0\nContact: <sip:user@host105.example.com>\n\n")),
    Torture("badinv01", "3.1.2.1", "400", _request("INVITE sip:user@example.com SIP/2.0", """To: sip:j.user@example.com
From: sip:caller@example.net;tag=134161461246
Max-Forwards: 7
Call-ID: badinv01.0ha0isndaksdjasdf3234nas
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;;,;,,
Contact: "Joe" <sip:joe@example.org>;;;;
Content-Length: 152
Content-Type: application/sdp""", _SDP)),
    Torture("clerr", "3.1.2.2", "400", _request("INVITE sip:user@example.com SIP/2.0", _COMMON + """To: sip:j.user@example.com
CSeq: 8 INVITE
Content-Type: application/sdp
Content-Length: 9999""", _SDP)),
    Torture("ncl", "3.1.2.3", "400", _request("INVITE sip:user@example.com SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 0 INVITE
Content-Type: application/sdp
Content-Length: -999""", _SDP)),
    Torture("scalar02", "3.1.2.4", "400", _request("REGISTER sip:example.com SIP/2.0", """Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bK342sdfoi3
To: <sip:user@example.com>
From: <sip:user@example.com>;tag=239232jh3
CSeq: 36893488147419103232 REGISTER
Call-ID: scalar02.23o0pd9vanlq3wnrlnewofjas9ui32
Max-Forwards: 300
Expires: 1000000000000000000000000000000000
Contact: <sip:user@host129.example.com>;expires=280297596632815
Content-Length: 0""")),
    Torture("scalarlg", "3.1.2.5", "drop", _m("""
SIP/2.0 503 Service Unavailable
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129
To: <sip:user@example.com>
From: <sip:other@example.net>;tag=2easdjfejw
CSeq: 9292394834772304023312 OPTIONS
Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r
Retry-After: 949302838503028349304023988
Warning: 1812 overture "In Progress"
Content-Length: 0

""")),
    Torture("quotbal", "3.1.2.6", "400", _request("INVITE sip:user@example.com SIP/2.0", _COMMON + """To: "Mr. J. User <sip:j.user@example.com>
CSeq: 8 INVITE
Content-Length: 0""")),
    Torture("ltgtruri", "3.1.2.7", "400", _request("INVITE <sip:user@example.com> SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 1 INVITE
Content-Length: 0""")),
    Torture("lwsruri", "3.1.2.8", "400", _request("INVITE sip:user@example.com; lr SIP/2.0", _COMMON + """To: sip:user@example.com;tag=3xfe-9921883-z9f
CSeq: 2130706432 INVITE
Content-Length: 0""")),
    Torture("lwsstart", "3.1.2.9", "400", _request("INVITE  sip:user@example.com  SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 1893884 INVITE
Content-Length: 0""")),
    Torture("trws", "3.1.2.10", "400", _request("OPTIONS sip:remote-target@example.com SIP/2.0  ", _COMMON + """To: <sip:remote-target@example.com>
CSeq: 8 OPTIONS
Content-Length: 0""")),
    Torture("escruri", "3.1.2.11", "400", _request("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 149209342 INVITE
Content-Length: 0""")),
    Torture("baddate", "3.1.2.12", "either", _request("INVITE sip:user@example.com SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 2130706432 INVITE
Date: Fri, 01 Jan 2010 16:00:00 EST
Content-Length: 0""")),
    Torture("regbadct", "3.1.2.13", "400", _request("REGISTER sip:example.com SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 1 REGISTER
Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E
Content-Length: 0""")),
    Torture("badaspec", "3.1.2.14", "400", _request("OPTIONS sip:user@example.org SIP/2.0", _COMMON + """To: "Watson, Thomas" < sip:t.watson@example.org >
CSeq: 1239 OPTIONS
Content-Length: 0""")),
    Torture("baddn", "3.1.2.15", "400", _request("OPTIONS sip:t.watson@example.org SIP/2.0", """Via: SIP/2.0/UDP c.example.com:5060;branch=z9hG4bKkdjuw
Max-Forwards: 70
From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43
To: Watson, Thomas <sip:t.watson@example.org>
Call-ID: baddn.31415@c.example.com
CSeq: 3923239 OPTIONS
l: 0""")),
    Torture("badvers", "3.1.2.16", "505", _request("OPTIONS sip:t.watson@example.org SIP/7.0", """Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw
Max-Forwards: 70
From: A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe
To: T. Watson <sip:t.watson@example.org>
Call-ID: badvers.31417@c.example.com
CSeq: 1 OPTIONS
l: 0""")),
    Torture("mismatch01", "3.1.2.17", "400", _request("OPTIONS sip:user@example.com SIP/2.0", _COMMON + """To: sip:j.user@example.com
CSeq: 8 INVITE
Content-Length: 0""")),
    Torture("mismatch02", "3.1.2.18", "501", _request("NEWMETHOD sip:user@example.com SIP/2.0", _COMMON + """To: sip:j.user@example.com
CSeq: 8 INVITE
Content-Length: 0""")),
    Torture("bigcode", "3.1.2.19", "drop", _m("""
SIP/2.0 4294967301 better not break the receiver
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i
CSeq: 353494 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>

""")),
    Torture("badbranch", "3.2.1", "accept", _request("OPTIONS sip:user@example.com SIP/2.0", """To: sip:user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK
Accept: application/sdp
Call-ID: badbranch.sadonfo23i420jv0as0derf3j3n
CSeq: 8 OPTIONS
l: 0""")),
    Torture("insuf", "3.3.1", "drop", _request("INVITE sip:user@example.com SIP/2.0", """CSeq: 193942 INVITE
Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf
Content-Type: application/sdp
l: 0""")),
    Torture("unkscm", "3.3.2", "accept", _request("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 8 OPTIONS
Content-Length: 0""")),
    Torture("novelsc", "3.3.3", "accept", _request("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 8 OPTIONS
Content-Length: 0""")),
    Torture("unksm2", "3.3.4", "accept", _request("REGISTER sip:example.com SIP/2.0", """To: isbn:2983792873
From: <http://www.example.com>;tag=3234233
Call-ID: unksm2.daksdj@hyphenated-host.example.com
CSeq: 234902 REGISTER
Max-Forwards: 70
Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKkdjuw
Contact: <name:John_Smith>
l: 0""")),
    Torture("bext01", "3.3.5", "accept", _request("OPTIONS sip:user@example.com SIP/2.0", _COMMON + """To: sip:j_user@example.com
CSeq: 8 OPTIONS
Require: nothingSupportsThis, nothingSupportsThisEither
Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis
Content-Length: 0""")),
    Torture("invut", "3.3.6", "accept", _request("INVITE sip:user@example.com SIP/2.0", _COMMON + """To: sip:j.user@example.com
CSeq: 8 INVITE
Content-Type: application/unknownformat
Content-Length: 8""", "<audio/>")),
    Torture("regaut01", "3.3.7", "accept", _request("REGISTER sip:example.com SIP/2.0", _COMMON + """To: sip:j.user@example.com
CSeq: 9338 REGISTER
Authorization: NoOneKnowsThisScheme opaque-data=here
Content-Length: 0""")),
    Torture("multi01", "3.3.8", "400", _request("INVITE sip:user@company.com SIP/2.0", """Contact: <sip:caller@host25.example.net>
Via: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKkdjuw
Max-Forwards: 70
CSeq: 5 INVITE
Call-ID: multi01.98asdh@192.0.2.1
CSeq: 59 INVITE
Call-ID: multi01.98asdh@192.0.2.2
From: sip:caller@example.com;tag=3413415
To: sip:user@example.com
To: sip:other@example.net
From: sip:caller@example.net;tag=2923420123
Content-Type: application/sdp
l: 154""", _SDP)),
    Torture("mcl01", "3.3.9", "400", _request("OPTIONS sip:user@example.com SIP/2.0", _COMMON + """To: sip:j.user@example.com
CSeq: 59 OPTIONS
Content-Length: 13
Content-Length: 5""", "There's no way to know how many octets are supposed to be here.")),
    Torture("bcast", "3.3.10", "accept", _m("""
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23
Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 0

""")),
    Torture("zeromf", "3.3.11", "accept", _request("OPTIONS sip:user@example.com SIP/2.0", """To: sip:user@example.com
From: sip:caller@example.net;tag=3ghsd41
Call-ID: zeromf.jfasdlfnm2o2l43r5u0asdfas
CSeq: 39234321 OPTIONS
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdjuw2349i
Max-Forwards: 0
Content-Length: 0""")),
    Torture("cparam01", "3.3.12", "accept", _request("REGISTER sip:example.com SIP/2.0", _COMMON + """To: sip:watson@example.com
CSeq: 9 REGISTER
Contact: sip:+19725552222@gw1.example.net;unknownparam
Content-Length: 0""")),
    Torture("cparam02", "3.3.13", "accept", _request("REGISTER sip:example.com SIP/2.0", _COMMON + """To: sip:watson@example.com
CSeq: 9 REGISTER
Contact: <sip:+19725552222@gw1.example.net;unknownparam>
Content-Length: 0""")),
    Torture("regescrt", "3.3.14", "accept", _request("REGISTER sip:example.com SIP/2.0", _COMMON + """To: sip:user@example.com
CSeq: 14398234 REGISTER
Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>
Content-Length: 0""")),
    Torture("sdp01", "3.3.15", "accept", _request("INVITE sip:user@example.com SIP/2.0", _COMMON + f"""To: sip:j_user@example.com
CSeq: 8 INVITE
Accept: text/nobodyKnowsThis
Content-Type: application/sdp
Content-Length: {len(_m(_SDP))}""", _SDP)),
    Torture("inv2543", "3.4.1", "accept", _request("INVITE sip:UserB@example.com SIP/2.0", """Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp

""".strip(), _SDP)),
]  # fmt: skip
